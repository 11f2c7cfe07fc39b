import { describe, expect, it } from 'vitest';
import type { Tensor } from '@tensorflow/tfjs-core';
import { runEager } from '../program/run-eager.js';
import * as ops from './index.js';
import {
  expectAgreement,
  expectNumericGradient,
  gradientProgram,
  intValue,
  someValue,
  worstError,
} from '../../test-support/compare.js';
import type { Build } from '../../test-support/compare.js';

const a = someValue([2, 3, 4], 1);
const b = someValue([3, 1], 2);
const positive = { ...a, data: a.data.map((x) => Math.abs(Number(x)) + 0.1) } as typeof a;

const binaryCases: Record<string, Build> = {
  add: ({ a, b }) => ops.add(a!, b!),
  sub: ({ a, b }) => ops.sub(a!, b!),
  mul: ({ a, b }) => ops.mul(a!, b!),
  div: ({ a, b }) => ops.div(a!, b!),
  maximum: ({ a, b }) => ops.maximum(a!, b!),
  minimum: ({ a, b }) => ops.minimum(a!, b!),
  where: ({ a, b }) => ops.where(ops.greater(a!, b!), ops.mul(a!, 2), b!),
  logic: ({ a, b }) => ops.cast(ops.logicalAnd(ops.less(a!, b!), ops.logicalNot(ops.equal(a!, 0))), 'float32'),
  numbers: ({ a }) => ops.sub(1, ops.mul(a!, 3)),
};

const unaryCases: Record<string, (x: Tensor) => Tensor> = {
  exp: ops.exp,
  sin: ops.sin,
  cos: ops.cos,
  abs: ops.abs,
  tanh: ops.tanh,
  square: ops.square,
  neg: ops.neg,
  relu: ops.relu,
  sigmoid: ops.sigmoid,
  softplus: ops.softplus,
  gelu: ops.gelu,
  quickGelu: ops.quickGelu,
  silu: ops.silu,
  sum: (x) => ops.sum(x, [0, 2]),
  mean: (x) => ops.mean(x, -1, true),
  max: (x) => ops.max(x, 1),
  min: (x) => ops.min(x),
  cumsum: (x) => ops.cumsum(x, 1),
  reshape: (x) => ops.reshape(x, [4, -1]),
  transpose: (x) => ops.transpose(x, [2, 0, 1]),
  slice: (x) => ops.slice(x, [0, 1], [-1, 2]),
  pad: (x) =>
    ops.pad(x, [
      [0, 0],
      [1, 2],
      [0, 1],
    ]),
  tile: (x) => ops.tile(x, [2, 1, 3]),
  broadcastTo: (x) => ops.broadcastTo(ops.expandDims(x, 0), [3, 2, 3, 4]),
  split: (x) => ops.concat(ops.split(x, [1, 2, 1], 2).reverse(), 2),
  unstack: (x) => ops.stack(ops.unstack(x, 1).slice(1), 1),
  squeeze: (x) => ops.squeeze(ops.expandDims(x, 1)),
  topK: (x) => ops.topK(x, 2).values,
  argMax: (x) => ops.argMax(x, 1),
  cast: (x) => ops.cast(ops.cast(ops.mul(x, 10), 'int32'), 'float32'),
  count: (x) => ops.cast(ops.sum(ops.greater(x, 0), 1), 'float32'),
  erf: ops.erf,
  ceil: ops.ceil,
  round: ops.round,
  reciprocal: (x) => ops.reciprocal(ops.add(x, 3)),
  rsqrt: (x) => ops.rsqrt(ops.add(x, 3)),
  clip: (x) => ops.clip(x, -0.5, 0.25),
  leakyRelu: (x) => ops.leakyRelu(x, 0.2),
  variance: (x) => ops.variance(x, 1),
  anyAll: (x) => ops.cast(ops.logicalOr(ops.any(ops.greater(x, 0.8), 1), ops.all(ops.lessEqual(x, 0.5), 1)), 'float32'),
  argMin: (x) => ops.argMin(x, 1),
  flip: (x) => ops.flip(x, [0, 2]),
  gather: (x) => ops.gather(x, ops.tensor(Int32Array.of(1, 0, 1, 2), [2, 2]), 1),
  takeAlong: (x) => ops.takeAlong(x, ops.argMax(ops.expandDims(x, 3), 2)),
  scatterRows: (x) => ops.scatterRows(ops.reshape(x, [6, 4]), ops.tensor(Int32Array.of(2, 0, 2, 2, 1, 0)), 3),
  einsum: (x) => ops.einsum('bij,bkj->ikb', x, ops.mul(x, 2)),
  maxPool: (x) => ops.maxPool(ops.reshape(x, [1, 1, 4, 6]), 2),
  dropout: (x) => ops.dropout(x, ops.greater(x, 0), 0.5),
  eye: (x) => ops.matMul(x, ops.eye(4)),
  stopGradient: (x) => ops.mul(x, ops.stopGradient(x)),
};

describe('plain operations, eager against compiled', () => {
  it.each(Object.entries(binaryCases))('%s', async (_name, build) => {
    await expectAgreement(build, { a, b });
  });

  it.each(Object.entries(unaryCases))('%s', async (_name, op) => {
    await expectAgreement(({ x }) => op(x!), { x: a });
  });

  it('run on wasm too, gradients as well', async () => {
    const together: Build = ({ a }) => {
      const parts = Object.values(unaryCases).map((op) => ops.reshape(ops.cast(op(a!), 'float32'), [-1]));
      return ops.concat(parts, 0);
    };
    const program = await gradientProgram(together, { a });
    const cpu = await runEager(program, {}, { a });
    const wasm = await runEager(program, {}, { a }, { backend: 'wasm' });
    for (const name of Object.keys(cpu)) expect(worstError(wasm[name]!, cpu[name]!), name).toBeLessThan(1e-4);
  });

  it.each(Object.entries({ log: ops.log, sqrt: ops.sqrt }))('%s', async (_name, op) => {
    await expectAgreement(({ x }) => op(x!), { x: positive });
  });

  it('pow by both operands', async () => {
    await expectAgreement(({ x, b }) => ops.pow(x!, b!), { x: positive, b });
  });

  it('oneHot and range', async () => {
    const eager = await expectAgreement(({ ids }) => ops.oneHot(ids!, 4), { ids: intValue([0, 3, 1]) });
    expect(Array.from(eager['y']!.data)).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]);
  });

  it.each(['gelu', 'silu', 'softplus', 'tanh', 'mean', 'slice'])('%s against differences', async (name) => {
    await expectNumericGradient(({ x }) => unaryCases[name]!(x!), { x: a }, ['x']);
  });
});

describe('matrix products', () => {
  const forms = [false, true].flatMap((transposeA) => [false, true].map((transposeB) => ({ transposeA, transposeB })));
  it.each(forms)('rank 2 %j', async (form) => {
    const x = someValue(form.transposeA ? [4, 3] : [3, 4], 1);
    const w = someValue(form.transposeB ? [5, 4] : [4, 5], 2);
    await expectAgreement(({ x, w }) => ops.matMul(x!, w!, form), { x, w });
  });

  it.each(forms)('batched with broadcasting %j', async (form) => {
    const x = someValue(form.transposeA ? [2, 1, 4, 3] : [2, 1, 3, 4], 1);
    const w = someValue(form.transposeB ? [3, 5, 4] : [3, 4, 5], 2);
    await expectAgreement(({ x, w }) => ops.matMul(x!, w!, { ...form, alpha: 0.5 }), { x, w });
    await expectNumericGradient(({ x, w }) => ops.matMul(x!, w!, form), { x, w }, ['x', 'w']);
  });

  it('linear', async () => {
    const inputs = { x: someValue([2, 3, 4]), w: someValue([5, 4], 2), b: someValue([5], 3) };
    await expectAgreement(({ x, w, b }) => ops.linear(x!, w!, b), inputs);
    await expectNumericGradient(({ x, w, b }) => ops.linear(x!, w!, b), inputs, ['x', 'w', 'b']);
  });
});
