import { describe, expect, it } from 'vitest';
import { intValue, someValue } from '../../test-support/compare.js';
import { compile, defineProgram, initParams, ops, runEager } from '../index.js';
import type { TensorValue } from '../index.js';

const program = defineProgram({
  name: 'mixer',
  params: { weight: [3, 4] },
  inputs: { x: ['rows', 4], ids: { dims: ['rows'], dtype: 'int32' } },
  outputs: { y: ['rows', 3] },
  run: (p, { x, ids }) => ({ y: ops.add(ops.linear(x, p.weight), ops.expandDims(ops.cast(ids, 'float32'), 1)) }),
});
const params = initParams(program.params, 1);
const good = { x: someValue([2, 4]), ids: intValue([1, 2]) };

type Values = Record<string, TensorValue>;

/** Each way to run the program, bound to its parameters. */
const engines: Record<string, () => Promise<(inputs: Values) => Promise<unknown>>> = {
  compiled: async () => {
    const session = await compile(program, { dims: { rows: 2 }, weights: params });
    return (inputs) => session.run(inputs);
  },
  'compiled (free sizes)': async () => {
    const session = await compile(program, { weights: params });
    return (inputs) => session.run(inputs);
  },
  eager: async () => (inputs) => runEager(program, params, inputs),
};

describe.each(Object.keys(engines))('bad input of the %s engine', (name) => {
  it.each<[string, Values, RegExp, RegExp]>([
    ['shape', { ...good, x: someValue([2, 5]) }, /mixer.*x.*float32\[(2|rows), 4\]/, /float32\[2, 5\]/],
    ['rank', { ...good, x: someValue([8]) }, /mixer.*x.*float32\[(2|rows), 4\]/, /float32\[8\]/],
    ['dtype', { ...good, ids: someValue([2]) }, /mixer.*ids.*int32\[(2|rows)\]/, /float32\[2\]/],
    ['number of elements', { ...good, x: { ...good.x, shape: [2, 4], data: new Float32Array(7) } }, /x.*8/, /7/],
    ['missing input', { x: good.x }, /mixer.*ids is int32\[(2|rows)\]/, /nothing/],
    ['unexpected input', { ...good, idz: good.ids }, /mixer takes x, ids/, /idz/],
  ])('names a wrong %s: input, signature and what came', async (_, inputs, must, got) => {
    const run = await engines[name]!();
    await expect(run(inputs)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', must, got });
    await run(good);
  });

  it('names a symbol with two sizes', async () => {
    const run = await engines[name]!();
    await expect(run({ ...good, ids: intValue([1, 2, 3]) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});
