import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile } from '../program/compile.js';
import { defineProgram } from '../program.js';
import * as ops from './index.js';
import { expectAgreement, expectNumericGradient, intValue, someValue } from '../../test-support/compare.js';
import type { TensorValue } from '../tensor-value.js';
import type { Build } from '../../test-support/compare.js';

/** Threads that start at once, so that two of them meet. */
const SPINNING = { 'session.intra_op.allow_spinning': '1' };

describe('softmax', () => {
  it.each(['softmax', 'logSoftmax'] as const)('%s', async (name) => {
    const x = someValue([2, 3, 5], 1, 3);
    await expectAgreement(({ x }) => ops[name](x!), { x });
    await expectNumericGradient(({ x }) => ops[name](x!), { x }, ['x']);
  });
});

describe('shapes that do not fit', () => {
  const x = (...dims: number[]) => ({ x: someValue(dims) });
  it.each<[string, Build, Record<string, TensorValue>]>([
    ['layerNorm', ({ x }) => ops.layerNorm(x!, ops.ones([3]), ops.ones([4]), 1e-5), x(2, 4)],
    ['rmsNorm', ({ x }) => ops.rmsNorm(x!, ops.ones([3]), 1e-5), x(2, 4)],
    ['attention', ({ x }) => ops.attention(x!, x!, ops.ones([1, 2, 4, 3]), { scale: 1 }), x(1, 2, 3, 3)],
    ['attention', ({ x }) => ops.attention(x!, x!, x!, { scale: 1, bias: ops.ones([2, 3]) }), x(1, 2, 3, 3)],
    ['rope', ({ x }) => ops.rope(x!, ops.ones([1, 3, 3]), ops.ones([1, 3, 3])), x(1, 2, 3, 3)],
    ['gatherRows', ({ x }) => ops.gatherRows(x!, ops.zeros([2, 2], 'int32')), x(3, 3)],
    ['embedding', ({ x }) => ops.embedding(x!, ops.zeros([2], 'int32')), x(3)],
    ['crossEntropy', ({ x }) => ops.crossEntropy(x!, ops.zeros([3], 'int32'), ops.ones([2])), x(3, 4)],
    ['bceWithLogits', ({ x }) => ops.bceWithLogits(x!, ops.ones([4])), x(3, 4)],
  ])('%s refuses them', async (name, build, inputs) => {
    const refused = expectAgreement(build, inputs);
    await expect(refused).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', must: expect.stringContaining(name) });
  });
});

describe('norms of rows', () => {
  const inputs = { x: someValue([2, 3, 7], 1, 2), w: someValue([7], 2), b: someValue([7], 3) };

  it('layerNorm', async () => {
    await expectAgreement(({ x, w, b }) => ops.layerNorm(x!, w!, b!, 1e-5), inputs);
    await expectNumericGradient(({ x, w, b }) => ops.layerNorm(x!, w!, b!, 1e-5), inputs, ['x', 'w', 'b']);
  });

  it('rmsNorm', async () => {
    const { x, w } = inputs;
    await expectAgreement(({ x, w }) => ops.rmsNorm(x!, w!, 1e-6), { x, w });
    await expectNumericGradient(({ x, w }) => ops.rmsNorm(x!, w!, 1e-6), { x, w }, ['x', 'w']);
  });
});

describe('attention', () => {
  const inputs = { q: someValue([2, 3, 4, 6], 1), k: someValue([2, 3, 5, 6], 2), v: someValue([2, 3, 5, 6], 3) };

  it('without bias', async () => {
    await expectAgreement(({ q, k, v }) => ops.attention(q!, k!, v!, { scale: 0.4 }), inputs);
  });

  it.each([[[2, 3, 4, 5]], [[2, 1, 4, 5]], [[1, 3, 1, 5]], [[4, 5]]])('with a bias %j', async (shape) => {
    const all = { ...inputs, bias: someValue(shape, 4) };
    const build: Build = ({ q, k, v, bias }) => ops.attention(q!, k!, v!, { scale: 0.4, bias: bias! });
    await expectAgreement(build, all);
    await expectNumericGradient(build, all, ['q', 'k', 'v', 'bias']);
  });
});

describe('rope', () => {
  const twice = (batch: number, seed: number) => {
    const half = someValue([batch, 3, 2], seed);
    const data = new Float32Array(batch * 12).map((_, i) => Number(half.data[Math.floor(i / 4) * 2 + (i % 2)]));
    return { data, shape: [batch, 3, 4], dtype: 'float32' } as const;
  };

  it.each([1, 2])('with tables of batch %i', async (batch) => {
    const inputs = { x: someValue([2, 2, 3, 4], 1), cos: twice(batch, 2), sin: twice(batch, 3) };
    const build: Build = ({ x, cos, sin }) => ops.rope(x!, ops.stopGradient(cos!), ops.stopGradient(sin!));
    await expectAgreement(build, inputs);
    await expectNumericGradient(build, inputs, ['x']);
  });
});

describe('rows', () => {
  it('embedding', async () => {
    const inputs = { table: someValue([5, 3]), ids: intValue([4, 0, 4, 1, 4, 2], [2, 3]) };
    await expectAgreement(({ table, ids }) => ops.embedding(table!, ids!), inputs);
    await expectNumericGradient(({ table, ids }) => ops.embedding(table!, ids!), inputs, ['table']);
  });
});

describe('rows on several threads', () => {
  it('loses no addition where rows repeat', async () => {
    const [rows, width, count] = [1500, 2048, 3];
    const inputs = {
      dy: { data: new Float32Array(rows * width).fill(1), shape: [rows, width], dtype: 'float32' as const },
      rows: intValue(Array.from({ length: rows }, (_, i) => i % count)),
    };
    const program = defineProgram({
      name: 'scatter',
      inputs: { dy: { dims: [rows, width] }, rows: { dims: [rows], dtype: 'int32' } },
      outputs: { sums: { dims: [count, width] } },
      run: (_params, { dy, rows: taken }) => {
        const table = ops.zeros([count, width]);
        const probe = (): Tensor => ops.sum(ops.mul(ops.gatherRows(table, taken!), dy!));
        return { sums: engine().gradients(probe, [table]).grads[0] as Tensor };
      },
    });
    const session = await compile(program, { threads: 4, session: { config: SPINNING } });
    for (let run = 0; run < 4; run += 1) {
      const { sums } = await session.run(inputs);
      expect(sums!.data.every((x) => x === rows / count)).toBe(true);
    }
    await session.release();
  });
});

describe('losses', () => {
  const inputs = {
    logits: someValue([4, 5], 1, 4),
    labels: intValue([0, 4, 2, -100]),
    weights: { data: Float32Array.of(1, 0.5, 2, 0), shape: [4], dtype: 'float32' as const },
  };

  it.each([0, 0.1])('crossEntropy with smoothing %d', async (smoothing) => {
    const build: Build = ({ logits, labels, weights }) =>
      ops.crossEntropy(logits!, labels!, ops.stopGradient(weights!), { smoothing });
    await expectAgreement(build, inputs);
    await expectNumericGradient(build, inputs, ['logits']);
  });

  it('stays finite and exact for far logits, and is 0 where no row counts', async () => {
    const logits = { data: Float32Array.of(300, -300, 0, -300, 300, 0), shape: [2, 3], dtype: 'float32' as const };
    const build: Build = ({ logits, labels, weights }) =>
      ops.crossEntropy(logits!, labels!, ops.stopGradient(weights!));
    const weights = (...values: number[]) => ({
      data: Float32Array.from(values),
      shape: [2],
      dtype: 'float32' as const,
    });
    const far = await expectAgreement(build, { logits, labels: intValue([1, 1]), weights: weights(1, 1) });
    expect(far['y']!.data[0]).toBe(300);
    const none = await expectAgreement(build, { logits, labels: intValue([1, 1]), weights: weights(0, 0) });
    expect(none['y']!.data[0]).toBe(0);
    expect(Array.from(none['d_logits']!.data).every((x) => x === 0)).toBe(true);
  });

  it('bceWithLogits', async () => {
    const both = { x: someValue([3, 4], 1, 5), t: someValue([3, 4], 2) };
    await expectAgreement(({ x, t }) => ops.bceWithLogits(x!, t!), both);
    await expectNumericGradient(({ x, t }) => ops.bceWithLogits(x!, t!), both, ['x', 't']);
    const eager = await expectAgreement(({ x, t }) => ops.bceWithLogits(x!, t!), {
      x: { data: Float32Array.of(-200, 200), shape: [2], dtype: 'float32' },
      t: { data: Float32Array.of(0, 0), shape: [2], dtype: 'float32' },
    });
    expect(Array.from(eager['y']!.data)).toEqual([0, 200]);
  });
});
