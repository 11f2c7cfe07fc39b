import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import * as ops from '../ops/index.js';
import { defineProgram } from '../program.js';
import { initParams } from '../program/params.js';
import type { TensorValue } from '../tensor-value.js';
import { adamw } from './adamw.js';
import type { TrainStep } from './contract.js';
import { createTrainStep } from './create-train-step.js';
import type { StepEngine } from './create-train-step.js';
import type { ProgramStepOptions } from './step-options.js';

const program = defineProgram({
  name: 'halves',
  params: { 'in.weight': [8, 5], 'in.bias': [8], 'out.weight': [1, 8] },
  inputs: { x: ['n', 5] },
  outputs: { y: ['n', 1] },
  run: (p, { x }) => ({
    y: ops.linear(ops.tanh(ops.linear(x!, p['in.weight']!, p['in.bias']!)), p['out.weight']!),
  }),
});

const options = {
  program,
  loss: ({ y }) => ({ loss: ops.mean(ops.square(y!)), size: ops.mean(y!) }),
  optimizer: adamw(),
  weightDecay: () => true,
  clip: 0.2,
} satisfies Partial<ProgramStepOptions>;

function rows(value: TensorValue, from: number, to: number): TensorValue {
  const width = value.data.length / value.shape[0]!;
  return { ...value, data: value.data.slice(from * width, to * width), shape: [to - from, ...value.shape.slice(1)] };
}

const big = (seed: number): TensorValue => someValue([6, 5], seed, 2);
const micro = (seed: number) => [0, 2, 4].map((from) => ({ x: rows(big(seed), from, from + 2) }));

async function open(engine: StepEngine, more: Partial<ProgramStepOptions>): Promise<TrainStep> {
  const step = await createTrainStep({ ...options, ...more, ...engine });
  step.init(initParams(program.params, 1));
  return step;
}

const engines: StepEngine[] = [{ engine: 'ort' }, { engine: 'eager' }];

describe.each(engines)('gradient accumulation on $engine', (engine) => {
  it('equals the step on the whole batch', async () => {
    const whole = await open(engine, { dims: { n: 6 } });
    const parts = await open(engine, { dims: { n: 2 }, accumulate: 3 });
    for (let t = 1; t <= 4; t += 1) {
      const expected = await whole.step({ x: big(t) }, { lr: 0.01, step: t });
      const actual = await parts.step(micro(t), { lr: 0.01, step: t });
      for (const [name, value] of Object.entries(expected)) expect(actual[name], name).toBeCloseTo(value, 5);
    }
    for (const [name, value] of Object.entries(whole.state())) {
      expect(worstError(parts.state()[name]!, value), name).toBeLessThan(1e-5);
    }
    await Promise.all([whole.release(), parts.release()]);
  });

  it('wants as many batches as it accumulates', async () => {
    const step = await open(engine, { dims: { n: 2 }, accumulate: 3 });
    const wrong = step.step(micro(1).slice(1), { lr: 0.01, step: 1 });
    await expect(wrong).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', got: '2' });
    await step.release();
  });

  it.each([1, 3])('reports numbers that are not finite and keeps the state, with %i batches', async (accumulate) => {
    const step = await open(engine, { dims: { n: 2 }, accumulate });
    const batches = (seed: number) => micro(seed).slice(0, accumulate);
    await step.step(batches(1), { lr: 0.01, step: 1 });
    const before = Object.entries(step.state()).map(([name, { data }]) => [name, data.slice()] as const);
    for (const bad of [NaN, Infinity]) {
      const broken = batches(2);
      broken.at(-1)!.x.data[3] = bad;
      const numbers = await step.step(broken, { lr: 0.01, step: 2 });
      expect(Number.isFinite(numbers['loss']! + numbers['gradNorm']!)).toBe(false);
      for (const [name, data] of before) expect(step.state()[name]!.data, name).toEqual(data);
    }
    await step.step(batches(3), { lr: 0.01, step: 2 });
    const moved = before.filter(([name, data]) => step.state()[name]!.data.some((x, i) => x !== data[i]));
    expect(moved).toHaveLength(before.length);
    await step.release();
  });
});

it('a loss that is not finite is not applied even where its gradient is', async () => {
  for (const engine of engines) {
    const loss: ProgramStepOptions['loss'] = ({ y }, { x }) =>
      ops.add(ops.mean(y!), ops.log(ops.mul(ops.mean(ops.stopGradient(x!)), 0)));
    const step = await open(engine, { dims: { n: 6 }, loss });
    const before = step.state()['param/in.weight']!.data.slice();
    expect((await step.step({ x: big(1) }, { lr: 0.1, step: 1 }))['loss']).toBe(-Infinity);
    expect(step.state()['param/in.weight']!.data).toEqual(before);
    await step.release();
  }
});
