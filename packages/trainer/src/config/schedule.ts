/** Warm-up, constant rate, linear decay to zero over the last share of the steps. */
export interface ScheduleOptions {
  readonly lr: number;
  readonly steps: number;
  readonly warmup: number;
  readonly decay: number;
}

/**
 * Rate of step `step` (from 0): linear warm-up reaching `lr` after `warmup` steps, constant, then linear to zero.
 * The last step still has a rate above zero.
 */
export function learningRate(step: number, { lr, steps, warmup, decay }: ScheduleOptions): number {
  const up = warmup > 0 ? Math.min(1, (step + 1) / warmup) : 1;
  const decaySteps = Math.round(steps * decay);
  const down = decaySteps > 0 ? Math.min(1, (steps - step) / decaySteps) : 1;
  return lr * Math.min(up, down);
}

/** Rate of a phase's step (from 0) by its own kind of schedule; the official one in the form of later versions. */
export function phaseRate(step: number, phase: ScheduleOptions & { readonly schedule?: string | undefined }): number {
  if (phase.schedule !== 'official') return learningRate(step, phase);
  const { lr, steps, warmup } = phase;
  return officialLearningRate(step, { lr, total: steps, warmup, firstStep: 'zero' });
}

/**
 * Rate of optimiser step `step` (from 0) of the official training.
 * @param firstStep versions of DeepSpeed before 0.15.3 leave the full rate in place for step 0 (`full`), later ones
 *   set it to zero
 * @source DeepSpeed WarmupDecayLR, linear warm-up from 0
 * @deviation none
 */
export function officialLearningRate(
  step: number,
  { lr, total, warmup, firstStep }: { lr: number; total: number; warmup: number; firstStep: 'full' | 'zero' },
): number {
  if (step === 0) return firstStep === 'full' ? lr : 0;
  const i = step - 1;
  return i < warmup ? (lr * i) / warmup : lr * Math.max(0, (total - i) / (total - warmup));
}
