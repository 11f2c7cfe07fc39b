import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closeTo, expectClose } from './close-to.js';

describe('closeTo', () => {
  it('reports the worst element', () => {
    const result = closeTo([1, 2.2, 3.1], [1, 2, 3], { atol: 0.05, rtol: 0.01 });
    expect(result).toMatchObject({ isClose: false, worstIndex: 1, actual: 2.2, expected: 2 });
    expect(result.maxAbs).toBeCloseTo(0.2);
    expect(result.maxRel).toBeCloseTo(0.1);
  });

  it('allows exactly atol + rtol * |reference|', () => {
    expect(closeTo([-2.5], [-2], { atol: 0.25, rtol: 0.125 }).isClose).toBe(true);
    expect(closeTo([-2.5], [-2], { atol: 0.25, rtol: 0.12 }).isClose).toBe(false);
  });

  it.each([
    ['another length', [1, 2], [1]],
    ['NaN', [NaN], [1]],
    ['a number instead of NaN', [1], [NaN]],
    ['the other infinity', [-Infinity], [Infinity]],
    ['infinity', [Infinity], [1]],
  ])('never takes %s', (_, actual, expected) => {
    expect(closeTo(actual, expected, { atol: 1e9, rtol: 1e9 }).isClose).toBe(false);
  });

  it('takes equal values with no tolerance at all, bigint and NaN included', () => {
    expect(closeTo([5n], [5n], { atol: 0, rtol: 0 }).isClose).toBe(true);
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => closeTo(values, [...values], { atol: 0, rtol: 0 }).isClose),
    );
  });

  it('names what differs and where', () => {
    expect(() => expectClose('dense', [1, 5], [1, 2], { atol: 0.1, rtol: 0 })).toThrow('dense[1] is 5 instead of 2');
  });
});
