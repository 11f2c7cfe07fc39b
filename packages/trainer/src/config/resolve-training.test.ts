import { describe, expect, it } from 'vitest';
import { OFFICIAL_PRESET } from './official-preset.js';
import { resolveTraining } from './resolve-training.js';
import { phaseRate } from './schedule.js';

const phase = { name: 'masks', steps: 1, images: 1, prompt: 'target', lr: 1e-3, train: ['maskDecoder'] };
const datasets = [{ use: 'folder', path: 'x' }];
const code = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('resolveTraining', () => {
  it('completes phases, weights and optimiser', () => {
    const { training } = resolveTraining({ training: { phases: [phase] }, datasets });
    expect(training.optimizer).toEqual({ beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.05, clip: 1 });
    expect(training.phases[0]).toMatchObject({ conversations: 0, losses: { bce: 1, dice: 1, diagnosis: 0.3 } });
  });

  it('puts the official recipe below what a config says, and knows the source of each value', () => {
    const { training } = resolveTraining({ training: { preset: 'official', optimizer: { beta1: 0.8 } }, datasets });
    expect(training.optimizer).toEqual({ beta1: 0.8, beta2: 0.95, eps: 1e-8, weightDecay: 0, clip: 1 });
    expect(training.phases).toHaveLength(1);
    const [official] = training.phases;
    expect(official).toMatchObject({ images: 2, accumulate: 10, lr: 3e-4, warmup: 100, steps: 4000 });
    const losses = Object.entries(official?.losses ?? {}).filter(([, value]) => value > 0);
    expect(Object.fromEntries(losses)).toEqual({ text: 1, bce: 2, dice: 0.5 });
    const phases = [{ name: 'short', steps: 5, losses: { prior: 1 } }];
    const own = resolveTraining({ training: { preset: 'official', phases }, datasets }).training.phases[0];
    expect(own).toMatchObject({ name: 'short', steps: 5, lr: 3e-4, losses: { prior: 1, bce: 2 } });
    expect(OFFICIAL_PRESET.every(({ source }) => source.length > 5)).toBe(true);
  });

  it('has the rates of the official schedule', () => {
    const official = { lr: 1, steps: 10, warmup: 2, decay: 0 };
    const rates = [0, 1, 2, 3, 10].map((step) => phaseRate(step, { ...official, schedule: 'official' }));
    expect(rates).toEqual([0, 0, 0.5, 1, 1 / 8]);
    expect(phaseRate(1, official)).toBe(1);
  });

  it('names the path of what is wrong', () => {
    expect(() => resolveTraining({ training: { phases: [{ ...phase, lr: -1 }] }, datasets })).toThrow(
      code('CONFIG_INVALID', /training\.phases\.0\.lr/),
    );
    expect(() => resolveTraining({ training: { phases: [phase], epochs: 4 }, datasets })).toThrow(
      code('CONFIG_INVALID', /epochs/),
    );
    expect(() => resolveTraining({ training: { phases: [phase] }, datasets: [{ use: 'web' }] })).toThrow(
      code('CONFIG_INVALID', /datasets\.0/),
    );
  });

  it('refuses seg prompts without a conversation', () => {
    expect(() => resolveTraining({ training: { phases: [{ ...phase, prompt: 'seg' }] }, datasets })).toThrow(
      code('CONFIG_INVALID', /conversations/),
    );
  });
});
