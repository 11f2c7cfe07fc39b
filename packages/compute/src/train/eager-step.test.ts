import { memory } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import * as ops from '../ops/index.js';
import { defineProgram } from '../program.js';
import { initParams } from '../program/params.js';
import { adamw } from './adamw.js';
import type { StepSchedule, TrainStep } from './contract.js';
import { createTrainStep } from './create-train-step.js';
import { globalNorm } from './eager-adamw.js';
import type { ProgramStepOptions } from './step-options.js';
import { compileTrainStep } from './train-step.js';

const program = defineProgram({
  name: 'regression',
  params: { 'in.weight': [6, 4], 'in.bias': [6], 'out.weight': [2, 6] },
  inputs: { x: ['n', 4] },
  outputs: { y: ['n', 2] },
  run: (p, { x }) => ({
    y: ops.linear(ops.gelu(ops.linear(x!, p['in.weight']!, p['in.bias']!)), p['out.weight']!),
  }),
});

const options: ProgramStepOptions = {
  program,
  targets: { wanted: { dims: ['n', 2] } },
  loss: ({ y }, { wanted }) => ops.mean(ops.square(ops.sub(y!, wanted!))),
  optimizer: adamw({ weightDecay: 0.1 }),
  weightDecay: (name) => name.endsWith('weight'),
  clip: 0.5,
  dims: { n: 3 },
};

const batch = (seed: number) => ({ x: someValue([3, 4], seed), wanted: someValue([3, 2], seed + 100, 2) });
const at = (step: number): StepSchedule => ({ lr: 0.01, step });

async function trained(step: TrainStep, steps: number): Promise<TrainStep> {
  step.init(initParams(program.params, 1));
  for (let t = 1; t <= steps; t += 1) await step.step(batch(t), at(t));
  return step;
}

describe('createTrainStep with the eager engine', () => {
  it.each(['cpu', 'wasm'])('goes the way of the compiled step on %s', async (backend) => {
    const eager = await trained(await createTrainStep({ ...options, engine: 'eager', backend }), 3);
    const compiled = await trained(await compileTrainStep(options), 3);
    expect(eager.moving).toEqual(compiled.moving);
    for (const [name, value] of Object.entries(compiled.state())) {
      expect(worstError(eager.state()[name]!, value), name).toBeLessThan(2e-5);
    }
    await compiled.release();
  });

  it('frees every tensor that it makes', async () => {
    const step = await trained(await createTrainStep({ ...options, engine: 'eager' }), 1);
    const before = memory().numTensors;
    for (let t = 2; t < 5; t += 1) await step.step(batch(t), at(t));
    expect(memory().numTensors).toBe(before);
  });

  it('names a back end that nobody registered, and an input that is missing', async () => {
    const step = await createTrainStep({ ...options, engine: 'eager', backend: 'abacus' });
    step.init(initParams(program.params, 1));
    await expect(step.step(batch(1), at(1))).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
    const known = await createTrainStep({ ...options, engine: 'eager' });
    const { x } = batch(1);
    await expect(known.step({ x }, at(1))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', must: /wanted/ });
  });

  it('takes a filter of patterns, and a loss with further numbers', async () => {
    const loss: ProgramStepOptions['loss'] = ({ y }) => ({ loss: ops.mean(y!), size: ops.sum(y!) as Tensor });
    const step = await createTrainStep({ ...options, loss, trainable: ['^out'], engine: 'eager' });
    expect(step.moving).toEqual(['out.weight']);
    step.init(initParams(program.params, 1));
    const before = step.state()['param/in.weight']!.data.slice();
    const numbers = await step.step(batch(1), at(1));
    expect(numbers['size']! / 6).toBeCloseTo(numbers['loss']!, 5);
    expect(step.state()['param/in.weight']!.data).toEqual(before);
  });

  it('refuses settings that make no sense', async () => {
    await expect(createTrainStep({ ...options, accumulate: 0.5 })).rejects.toMatchObject({ code: 'PROGRAM_INVALID' });
    const beta = { ...options, optimizer: adamw({ beta1: 1 }), engine: 'eager' as const };
    await expect(createTrainStep(beta)).rejects.toMatchObject({ code: 'PROGRAM_INVALID' });
  });
});

it('the norm of all gradients is one norm', () => {
  expect(globalNorm([[3, 0], [4]])).toBe(5);
});
