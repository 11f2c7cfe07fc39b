import { describe, expect, it } from 'vitest';
import { resolveTraining } from './resolve-training.js';

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
