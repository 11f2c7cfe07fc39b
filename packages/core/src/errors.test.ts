import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, Sim4SegError, exitCodeOf, expectNotAborted, isSim4SegError, toSim4SegError } from './errors.js';
import { expectFinite, expectShape } from './shape.js';

describe('errors', () => {
  const error = new Sim4SegError('DISK_FULL', { must: 'There is room', got: '0 bytes', fix: 'free some', cause: 'x' });

  it('says what must hold, what came, what to do, and keeps the cause', () => {
    expect(error.message).toBe('There is room. Got: 0 bytes. Fix: free some.');
    expect(error.cause).toBe('x');
    expect(error.exitCode).toBe(61);
  });

  it('is recognised by its mark across copies of the package', () => {
    expect(isSim4SegError({ [Symbol.for('sim4seg.error')]: true, code: 'USAGE' })).toBe(true);
    expect(isSim4SegError(new Error('x'))).toBe(false);
    expect(isSim4SegError(null)).toBe(false);
    expect(exitCodeOf({ [Symbol.for('sim4seg.error')]: true, code: 'USAGE' })).toBe(2);
    expect(exitCodeOf(new Error('x'))).toBe(99);
  });

  it('has one exit code of 1..99 a code', () => {
    const codes = Object.values(ERROR_TABLE).map(([exit]) => exit);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((exit) => exit >= 1 && exit <= 99)).toBe(true);
  });

  it('wraps foreign errors, keeps its own, and speaks of aborts', () => {
    expect(toSim4SegError(error, 'INTERNAL', { must: '', fix: '' })).toBe(error);
    const wrapped = toSim4SegError(new TypeError('boom'), 'ENGINE_FAILED', { must: 'It runs', fix: 'look' });
    expect([wrapped.code, wrapped.got]).toEqual(['ENGINE_FAILED', 'boom']);
    expect(() => expectNotAborted(AbortSignal.abort())).toThrow(/aborted/);
    expect(() => expectNotAborted(undefined)).not.toThrow();
  });
});

describe('shapes', () => {
  it('binds symbols and checks that they agree', () => {
    const symbols = expectShape('a', [1, 4, 4], [1, 'side', 'side']);
    expect(symbols).toEqual({ side: 4 });
    expect(() => expectShape('b', { shape: [5] }, ['side'], symbols)).toThrow(
      'b has the shape [side] with side=4. Got: [5]',
    );
    expect(() => expectShape('c', [4, 4], [1, 4, 4])).toThrow(/batch axis/);
    expect(() => expectFinite('d', [1, NaN])).toThrow(/index 1/);
  });
});
