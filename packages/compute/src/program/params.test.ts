import { describe, expect, it } from 'vitest';
import { defineProgram } from '../program.js';
import { initParams, prefixSpecs, scopeParams } from './params.js';

const block = { weight: { dims: [40, 30] }, bias: { dims: [40] }, scale: { dims: [40], init: 'ones' } } as const;
const moments = (data: ArrayLike<number>): { mean: number; deviation: number } => {
  const xs = Array.from(data);
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  return { mean, deviation: Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length) };
};

describe('initParams', () => {
  it('is a function of name and seed alone', () => {
    const alone = initParams({ weight: block.weight }, 7);
    const together = initParams({ other: { dims: [3] }, ...block }, 7);
    expect(together['weight']!.data).toEqual(alone['weight']!.data);
    expect(initParams(block, 8)['weight']!.data).not.toEqual(alone['weight']!.data);
  });

  it('follows the rules of the specs', () => {
    const { weight, bias, scale } = initParams(block, 1);
    expect(Math.max(...weight!.data)).toBeLessThanOrEqual(1 / Math.sqrt(30));
    expect(moments(weight!.data).deviation).toBeCloseTo(1 / Math.sqrt(30) / Math.sqrt(3), 2);
    expect(new Set(bias!.data)).toEqual(new Set([0]));
    expect(new Set(scale!.data)).toEqual(new Set([1]));
    const normal = initParams({ x: { dims: [5000], init: { normal: 2 } } }, 3)['x']!;
    expect(Math.abs(moments(normal.data).mean)).toBeLessThan(0.1);
    expect(moments(normal.data).deviation).toBeCloseTo(2, 1);
  });

  it('needs a size for every symbol', () => {
    const specs = { x: { dims: ['n', 2] } };
    expect(initParams(specs, 1, { n: 3 })['x']!.shape).toEqual([3, 2]);
    expect(() => initParams(specs, 1)).toThrow(expect.objectContaining({ code: 'PROGRAM_INVALID' }));
  });
});

describe('names of blocks', () => {
  it('are given and taken away', () => {
    const specs = prefixSpecs('block0.', block);
    expect(Object.keys(specs)).toEqual(['block0.weight', 'block0.bias', 'block0.scale']);
    expect(scopeParams({ ...specs, 'block1.weight': block.weight }, 'block0.')).toEqual(block);
  });
});

describe('defineProgram', () => {
  const base = { name: 'p', outputs: { y: [1] }, run: () => ({}) };

  it('reads dims, shape and bare lists alike', () => {
    const program = defineProgram({ ...base, inputs: { a: { dims: ['n'] }, b: { shape: ['n'] }, c: ['n'] } });
    for (const spec of Object.values(program.inputs)) expect(spec).toMatchObject({ dims: ['n'], dtype: 'float32' });
  });

  it('refuses specs without dims and programs without outputs', () => {
    const invalid = expect.objectContaining({ code: 'PROGRAM_INVALID' });
    expect(() => defineProgram({ ...base, inputs: { a: {} as never } })).toThrow(invalid);
    expect(() => defineProgram({ ...base, inputs: { a: [1.5] } })).toThrow(invalid);
    expect(() => defineProgram({ ...base, inputs: {}, outputs: {} })).toThrow(invalid);
  });
});
