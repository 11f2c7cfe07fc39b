import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { operatorsOf } from '../../test-support/operators.js';
import { ops } from '../index.js';
import { defineProgram } from '../program.js';
import { initParams } from '../program/params.js';
import { adamw } from './adamw.js';
import { createTrainStep } from './create-train-step.js';
import { groupSmall } from './join-small.js';
import { compileTrainStep } from './train-step.js';

const program = defineProgram({
  name: 'net',
  params: { large: [120, 80], scale: [120], shift: [1, 120], odd: [3, 5, 8], lone: [] },
  inputs: { x: [4, 80] },
  outputs: { y: [4, 120] },
  run: (p, { x }) => {
    const turned = ops.reshape(p.odd, [1, 120]);
    return { y: ops.add(ops.mul(ops.linear(x, p.large), p.scale), ops.mul(ops.mul(p.shift, turned), p.lone)) };
  },
});

describe('parameters of few numbers', () => {
  it('are grouped by kind, in the order in which they come', () => {
    const sizes: Readonly<Record<string, number>> = { a: 3, b: 10_000, c: 4, d: 5, e: 9000 };
    const kindOf = (key: string): string => (key === 'd' ? 'other' : 'same');
    const groups = groupSmall(Object.keys(sizes), (key) => [sizes[key]!], kindOf);
    expect(groups).toEqual([['a', 'c'], ['b'], ['d'], ['e']]);
  });

  it('move as the eager step moves them, beside large ones and whatever their shape', async () => {
    const options = {
      program,
      loss: ({ y }: Record<string, Parameters<typeof ops.square>[0]>) => ops.mean(ops.square(ops.add(y!, 0.3))),
      optimizer: adamw({ weightDecay: 0.1 }),
      weightDecay: (name: string) => name !== 'shift',
      clip: 0.5,
      dims: {},
    };
    const eager = await createTrainStep({ ...options, engine: 'eager' });
    const compiled = await compileTrainStep(options);
    // One root for the norm, one for each of large, shift, and the other three.
    expect(operatorsOf(compiled.graph.model)['Sqrt']).toBe(4);
    for (const step of [eager, compiled]) {
      step.init(initParams(program.params, 5));
      for (let t = 1; t <= 3; t++) await step.step({ x: someValue([4, 80], t) }, { lr: 0.01, step: t });
    }
    const [state, expected] = [compiled.state(), eager.state()];
    for (const [name, value] of Object.entries(expected)) {
      expect(worstError(state[name]!, value), name).toBeLessThan(2e-5);
    }
    await Promise.all([eager.release(), compiled.release()]);
  });
});
