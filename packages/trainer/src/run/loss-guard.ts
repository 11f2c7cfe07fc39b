import { Sim4SegError, isSim4SegError } from '@sim4seg/core';

/** Where a step stands and what it was made of, for messages. */
export interface StepPlace {
  readonly phase: string;
  readonly total: number;
  readonly caseIds: readonly string[];
}

/** Watches the numbers of a phase's steps. */
export interface LossGuard {
  /** @throws TRAINING_DIVERGED with the step and its cases, for NaN, infinity, and a loss far above those before */
  expectHealthy(values: Readonly<Record<string, number>>, place: StepPlace): void;
}

/** Losses that must have been seen before one can be far above them. */
const LEAST_SEEN = 20;
const SMOOTHING = 0.95;
/** Losses near zero jump by large factors and mean nothing by it. */
const SMALL_LOSS = 0.01;

/** @param factor a loss of so many times the smoothed loss before it ends the run */
export function createLossGuard({ factor }: { readonly factor: number }): LossGuard {
  let smoothed = 0;
  let seen = 0;
  return {
    expectHealthy(values, place) {
      const bad = Object.entries(values).filter(([, value]) => !Number.isFinite(value));
      if (bad.length > 0) throw diverged(bad.map(([name, value]) => `${name} ${value}`).join(', '), place);
      const loss = values['loss'] ?? 0;
      if (seen >= LEAST_SEEN && loss > factor * Math.max(SMALL_LOSS, smoothed))
        throw diverged(`loss ${loss.toPrecision(4)} after ${smoothed.toPrecision(4)}`, place);
      smoothed = seen === 0 ? loss : SMOOTHING * smoothed + (1 - SMOOTHING) * loss;
      seen++;
    },
  };
}

function diverged(what: string, { phase, total, caseIds }: StepPlace): Sim4SegError {
  return new Sim4SegError('TRAINING_DIVERGED', {
    must: 'Loss and gradients must stay finite and near those before',
    got: `${what} at step ${total} (${phase}), cases ${caseIds.join(', ')}`,
    fix: 'Look at these cases, lower the rate, or resume from the last checkpoint, which is intact',
  });
}

/** A failed write, told with the step that it followed; anything else as it is. */
export function atStep(error: unknown, { phase, total, caseIds }: StepPlace): unknown {
  if (!isSim4SegError(error)) return error;
  const { code, must, got, fix } = error;
  const place = `after step ${total} (${phase}), cases ${caseIds.join(', ')}`;
  return new Sim4SegError(code, {
    must,
    got: `${got}, ${place}`,
    fix: `${fix}; older checkpoints are intact`,
    cause: error,
  });
}
