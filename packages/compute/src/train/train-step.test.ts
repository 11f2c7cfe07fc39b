import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ops } from '../index.js';
import { kernelRuns } from '../kernel/define-kernel.js';
import type { Tensors } from '../program.js';
import { initParams } from '../program/params.js';
import { activateBackend } from '../program/run-eager.js';
import { float32Value } from '../tensor-value.js';
import type { TensorValue } from '../tensor-value.js';
import { compileTrainStep } from './train-step.js';
import type { TrainStepOptions } from './step-graph.js';

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

type Numbers = Record<string, Float64Array>;

/** Gradients by tfjs on the cpu back end. */
const eagerGradients = async (params: Record<string, TensorValue>, inputs: Record<string, TensorValue>) => {
  await activateBackend('cpu');
  const names = Object.keys(specs).filter(options.trainable);
  const tensors = (values: Record<string, TensorValue>) =>
    Object.fromEntries(
      Object.entries(values).map(([k, v]) => [k, ops.tensor(Float32Array.from(v.data), [...v.shape])]),
    );
  const p = tensors(params);
  const x = tensors(inputs);
  const { grads } = engine().gradients(
    () => loss(p, x).loss,
    names.map((name) => p[name]!),
  );
  return Object.fromEntries(names.map((name, i) => [name, Float64Array.from(grads[i]!.dataSync())]));
};

/** AdamW with clipping, in double precision. */
const updateByHand = (
  params: Numbers,
  moments: { m: Numbers; v: Numbers },
  gradients: Numbers,
  step: number,
  lr: number,
) => {
  const norm = Math.sqrt(Object.values(gradients).reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
  const factor = Math.min(1, options.clip / (norm + 1e-6));
  for (const [name, g] of Object.entries(gradients)) {
    const rate = lr * options.learningRateScale!(name);
    g.forEach((raw, i) => {
      const x = raw * factor;
      const m = (moments.m[name]![i] = 0.9 * moments.m[name]![i]! + 0.1 * x);
      const v = (moments.v[name]![i] = 0.95 * moments.v[name]![i]! + 0.05 * x * x);
      const decayed = params[name]![i]! * (1 - (options.weightDecay!(name) ? rate * 0.01 : 0));
      const root = Math.sqrt(v) / Math.sqrt(1 - 0.95 ** step) + 1e-8;
      params[name]![i] = decayed - (rate * m) / (1 - 0.9 ** step) / root;
    });
  }
  return norm;
};

describe('compileTrainStep', () => {
  it('equals clipped AdamW on eager gradients over three steps', async () => {
    const start = initParams(specs, 3);
    const step = await compileTrainStep(options);
    step.init(start);
    const copy = (x: TensorValue) => Float64Array.from(x.data);
    const byHand: Numbers = Object.fromEntries(Object.entries(start).map(([k, v]) => [k, copy(v)]));
    const zeros = () => Object.fromEntries(Object.entries(byHand).map(([k, v]) => [k, new Float64Array(v.length)]));
    const moments = { m: zeros(), v: zeros() };
    for (let t = 1; t <= 3; t++) {
      const current = Object.fromEntries(
        Object.entries(start).map(([k, v]) => [k, float32Value(Float32Array.from(byHand[k]!), v.shape)]),
      );
      const norm = updateByHand(byHand, moments, await eagerGradients(current, batch(t)), t, 0.01);
      const before = kernelRuns();
      const metrics = await step.step(batch(t), { lr: 0.01, step: t });
      expect(kernelRuns()).toBe(before);
      expect(metrics['gradNorm']).toBeCloseTo(norm, 5);
      expect(metrics['half']).toBeCloseTo(metrics['loss']! / 2, 6);
    }
    for (const [name, expected] of Object.entries(byHand)) {
      const got = step.state()[`param/${name}`]!.data;
      expected.forEach((x, i) => expect(got[i]).toBeCloseTo(x, 5));
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
