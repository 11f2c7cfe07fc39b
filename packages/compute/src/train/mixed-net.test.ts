import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { intValue, someValue, worstError } from '../../test-support/compare.js';
import { kernelRuns } from '../kernel/define-kernel.js';
import * as ops from '../ops/index.js';
import type { Tensors } from '../program.js';
import { initParams } from '../program/params.js';
import { createTrainStep } from './create-train-step.js';
import type { TrainStepOptions } from './step-options.js';
import { compileTrainStep } from './train-step.js';

const params = {
  'stem.weight': { dims: [8, 3, 4, 4] },
  'conv.weight': { dims: [8, 8, 3, 3] },
  'conv.bias': { dims: [8] },
  'norm.weight': { dims: [8], init: 'ones' },
  'norm.bias': { dims: [8] },
  'words.weight': { dims: [11, 8], init: { normal: 0.5 } },
  'rms.weight': { dims: [8], init: 'ones' },
  'q.weight': { dims: [8, 8] },
  'k.weight': { dims: [8, 8] },
  'v.weight': { dims: [8, 8] },
  'head.weight': { dims: [11, 8] },
  'up.weight': { dims: [8, 2, 2, 2] },
} as const;

const heads = (x: Tensor): Tensor => {
  const [batch, length] = x.shape as [number, number];
  return ops.transpose(ops.reshape(x, [batch, length, 2, 4]), [0, 2, 1, 3]);
};

/** Words attend to the pixels of a small convolution net; the pixels also draw a mask. */
function loss(p: Tensors, x: Tensors): { loss: Tensor; text: Tensor } {
  const stem = ops.conv2d(x['image']!, p['stem.weight']!, { stride: 4 });
  const raw = ops.conv2d(stem, p['conv.weight']!, { pad: 1, bias: p['conv.bias'] });
  const map = ops.add(stem, ops.relu(ops.groupNorm(raw, p['norm.weight']!, p['norm.bias']!, 4, 1e-5)));
  const pixels = ops.transpose(ops.reshape(map, [2, 8, 16]), [0, 2, 1]);
  const words = ops.rmsNorm(ops.embedding(p['words.weight']!, x['ids']!), p['rms.weight']!, 1e-6);
  const q = ops.rope(heads(ops.linear(words, p['q.weight']!)), x['cos']!, x['sin']!);
  const [k, v] = ['k', 'v'].map((name) => heads(ops.linear(pixels, p[`${name}.weight`]!))) as [Tensor, Tensor];
  const seen = ops.attention(q, k, v, { scale: 0.5, bias: x['bias'] });
  const hidden = ops.add(words, ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), [2, 5, 8]));
  const logits = ops.linear(ops.reshape(ops.silu(hidden), [10, 8]), p['head.weight']!);
  const text = ops.crossEntropy(logits, x['labels']!, x['weights']!, { smoothing: 0.1 });
  const mask = ops.convTranspose2x2(map, p['up.weight']!);
  const drawn = ops.mean(ops.bceWithLogits(mask, ops.cast(ops.greater(mask, 0), 'float32')));
  return { loss: ops.add(text, ops.mul(drawn, 2)), text };
}

const options: TrainStepOptions = {
  name: 'mixed',
  params,
  inputs: {
    image: { dims: [2, 3, 16, 16] },
    ids: { dims: [2, 5], dtype: 'int32' },
    cos: { dims: [1, 5, 4] },
    sin: { dims: [1, 5, 4] },
    bias: { dims: [2, 1, 1, 16] },
    labels: { dims: [10], dtype: 'int32' },
    weights: { dims: [10] },
  },
  loss,
  trainable: () => true,
  weightDecay: (name) => name.endsWith('.weight'),
  optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.95, eps: 1e-6, weightDecay: 0.05 },
  clip: 0.5,
};

const batch = (seed: number) => ({
  image: someValue([2, 3, 16, 16], seed),
  ids: intValue(
    Array.from({ length: 10 }, (_, i) => (i * 7 + seed) % 11),
    [2, 5],
  ),
  cos: someValue([1, 5, 4], 2),
  sin: someValue([1, 5, 4], 3),
  bias: someValue([2, 1, 1, 16], seed + 50, 3),
  labels: intValue(Array.from({ length: 10 }, (_, i) => (i * 3 + seed) % 11)),
  weights: { data: Float32Array.from({ length: 10 }, (_, i) => (i % 3) / 2), shape: [10], dtype: 'float32' as const },
});

describe('a step through convolutions, attention and both kinds of loss', () => {
  it('equals AdamW on eager gradients, without a tfjs kernel', async () => {
    const start = initParams(params, 5);
    const eager = await createTrainStep({ ...options, engine: 'eager' });
    const step = await compileTrainStep(options);
    for (const each of [eager, step]) each.init(start);
    for (let t = 1; t <= 3; t += 1) {
      const { gradNorm: norm } = await eager.step(batch(t), { lr: 1e-3, step: t });
      const before = kernelRuns();
      const { gradNorm } = await step.step(batch(t), { lr: 1e-3, step: t });
      expect(kernelRuns()).toBe(before);
      expect(gradNorm! / norm!).toBeCloseTo(1, 4);
    }
    const state = step.state();
    for (const [name, value] of Object.entries(eager.state())) {
      expect(worstError(state[name]!, value), name).toBeLessThan(1e-5);
    }
    await step.release();
  });
});
