import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ops } from '../index.js';
import { kernelRuns } from '../kernel/define-kernel.js';
import type { Tensors } from '../program.js';
import { initParams } from '../program/params.js';
import { worstError } from '../../test-support/compare.js';
import { float32Value } from '../tensor-value.js';
import type { TensorValue } from '../tensor-value.js';
import { createTrainStep } from './create-train-step.js';
import { compileTrainStep } from './train-step.js';
import type { TrainStepOptions } from './step-options.js';

const optimizer = { kind: 'adamw', beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01 } as const;
const specs = {
  'in.weight': { dims: [6, 4] },
  'in.bias': { dims: [6], init: 'zeros' },
  'out.weight': { dims: [1, 6] },
  frozen: { dims: [6], init: 'ones' },
} as const;

const loss = (p: Tensors, x: Tensors): { loss: Tensor; half: Tensor } => {
  const hidden = ops.mul(ops.tanh(ops.linear(x['x']!, p['in.weight']!, p['in.bias']!)), p['frozen']!);
  const error = ops.sub(ops.linear(hidden, p['out.weight']!), x['y']!);
  const mean = ops.mean(ops.square(error));
  return { loss: mean, half: ops.mul(mean, ops.scalar(0.5)) };
};

const options: TrainStepOptions = {
  name: 'small',
  params: specs,
  inputs: { x: { dims: ['n', 4] }, y: { dims: ['n', 1] } },
  loss,
  trainable: (name) => name !== 'frozen',
  weightDecay: (name) => name.endsWith('weight'),
  learningRateScale: (name) => (name.startsWith('in.') ? 0.5 : 1),
  optimizer,
  clip: 0.1,
  dims: { n: 5 },
};

const batch = (seed: number): Record<string, TensorValue> => ({
  x: float32Value(
    Float32Array.from({ length: 20 }, (_, i) => Math.sin(i * 1.7 + seed)),
    [5, 4],
  ),
  y: float32Value(
    Float32Array.from({ length: 5 }, (_, i) => Math.cos(i + seed) * 3),
    [5, 1],
  ),
});

describe('compileTrainStep', () => {
  it('equals clipped AdamW on eager gradients over three steps', async () => {
    const start = initParams(specs, 3);
    const step = await compileTrainStep(options);
    const eager = await createTrainStep({ ...options, engine: 'eager' });
    for (const each of [eager, step]) each.init(start);
    for (let t = 1; t <= 3; t++) {
      const { gradNorm: norm } = await eager.step(batch(t), { lr: 0.01, step: t });
      const before = kernelRuns();
      const metrics = await step.step(batch(t), { lr: 0.01, step: t });
      expect(kernelRuns()).toBe(before);
      expect(metrics['gradNorm']).toBeCloseTo(norm!, 5);
      expect(metrics['half']).toBeCloseTo(metrics['loss']! / 2, 6);
    }
    expect(Object.keys(step.state())).toEqual(Object.keys(eager.state()));
    for (const [name, expected] of Object.entries(eager.state())) {
      expect(worstError(step.state()[name]!, expected), name).toBeLessThan(1e-5);
    }
    await step.release();
  });

  it('leaves the caller arrays alone and goes on from a loaded state', async () => {
    const start = initParams(specs, 3);
    const untouched = Float32Array.from(start['in.weight']!.data);
    const [a, b] = [await compileTrainStep(options), await compileTrainStep(options)];
    a.init(start);
    await a.step(batch(1), { lr: 0.01, step: 1 });
    expect(start['in.weight']!.data).toEqual(untouched);
    b.load(a.state());
    await a.step(batch(2), { lr: 0.01, step: 2 });
    await b.step(batch(2), { lr: 0.01, step: 2 });
    for (const [name, value] of Object.entries(a.state())) expect(b.state()[name]!.data).toEqual(value.data);
    await Promise.all([a.release(), b.release()]);
  });

  it('refuses a parameter that the loss does not reach, unless allowed', async () => {
    const unused: TrainStepOptions = { ...options, params: { ...specs, lonely: { dims: [2] } } };
    await expect(compileTrainStep(unused)).rejects.toMatchObject({ code: 'PROGRAM_INVALID', got: /lonely/ });
    const step = await compileTrainStep({ ...unused, allowUnused: true });
    expect(step.graph.moving).not.toContain('lonely');
    await step.release();
  });

  it('reports metrics of the parameters before their update', async () => {
    const reporting: TrainStepOptions = {
      ...options,
      loss: (p, x) => ({ ...loss(p, x), size: ops.sum(ops.square(p['in.weight']!)) }),
    };
    const start = initParams(specs, 3);
    const step = await compileTrainStep(reporting);
    step.init(start);
    for (let t = 1; t <= 3; t++) {
      const before = [...step.state()['param/in.weight']!.data].reduce((sum, x) => sum + x * x, 0);
      const { size } = await step.step(batch(t), { lr: 0.5, step: t });
      expect(size).toBeCloseTo(before, 4);
    }
    await step.release();
  });

  it('refuses a loss that is no scalar, and state of another step', async () => {
    const vector: TrainStepOptions = { ...options, loss: (p) => ({ loss: p['in.bias']! }) };
    await expect(compileTrainStep(vector)).rejects.toMatchObject({ code: 'PROGRAM_INVALID' });
    const step = await compileTrainStep(options);
    expect(() => step.load({ 'param/other': float32Value(new Float32Array(1), [1]) })).toThrow(/other/);
    await step.release();
  });
});
