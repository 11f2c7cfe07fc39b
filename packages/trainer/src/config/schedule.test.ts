import { describe, expect, it } from 'vitest';
import { learningRate, officialLearningRate } from './schedule.js';

describe('learningRate', () => {
  const schedule = { lr: 1, steps: 100, warmup: 10, decay: 0.25 };
  it('rises, stays, and falls to nearly nothing', () => {
    expect(learningRate(0, schedule)).toBeCloseTo(0.1);
    expect(learningRate(9, schedule)).toBe(1);
    expect(learningRate(74, schedule)).toBe(1);
    expect(learningRate(87, schedule)).toBeCloseTo(13 / 25);
    expect(learningRate(99, schedule)).toBeCloseTo(1 / 25);
  });

  it('is constant without warm-up and decay', () => {
    expect(learningRate(0, { ...schedule, warmup: 0, decay: 0 })).toBe(1);
    expect(learningRate(99, { ...schedule, warmup: 0, decay: 0 })).toBe(1);
  });
});

describe('officialLearningRate', () => {
  it('starts full or at zero, depending on the version, and lags one step', () => {
    const options = { lr: 1e-3, total: 12, warmup: 4 };
    expect(officialLearningRate(0, { ...options, firstStep: 'full' })).toBe(1e-3);
    expect(officialLearningRate(0, { ...options, firstStep: 'zero' })).toBe(0);
    expect(officialLearningRate(2, { ...options, firstStep: 'zero' })).toBeCloseTo(0.25e-3, 12);
    expect(officialLearningRate(13, { ...options, firstStep: 'zero' })).toBe(0);
    expect(officialLearningRate(16, { ...options, firstStep: 'zero' })).toBe(0);
  });
});
