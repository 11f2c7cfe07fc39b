import { expect, it } from 'vitest';
import { createLossGuard } from './loss-guard.js';

const place = { phase: 'joint', total: 21, caseIds: ['a', 'b'] };

it('stops at NaN and infinity with step and cases', () => {
  const guard = createLossGuard({ factor: 100 });
  expect(() => guard.expectHealthy({ loss: 1, gradNorm: NaN }, place)).toThrow(
    /gradNorm NaN at step 21 \(joint\), cases a, b/,
  );
});

it('stops at a loss that explodes, but not while a phase begins nor near zero', () => {
  const guard = createLossGuard({ factor: 100 });
  guard.expectHealthy({ loss: 0.5 }, place);
  guard.expectHealthy({ loss: 60 }, place);
  for (let i = 0; i < 60; i++) guard.expectHealthy({ loss: 0.5 }, place);
  expect(() => guard.expectHealthy({ loss: 900 }, place)).toThrow(
    expect.objectContaining({ code: 'TRAINING_DIVERGED' }),
  );
  const small = createLossGuard({ factor: 100 });
  for (let i = 0; i < 30; i++) small.expectHealthy({ loss: 1e-6 }, place);
  small.expectHealthy({ loss: 0.5 }, place);
});
