import type { ExperimentArm } from './arm.js';
import type { ArmResult } from './run-experiment.js';

/** A mean over seeds with its 95% interval; low and high are null for a single seed. */
export interface SeedMean {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One arm over all seeds. */
export interface ArmSummary {
  readonly arm: ExperimentArm;
  readonly seeds: number;
  readonly gIoU: SeedMean | null;
  readonly accuracy: SeedMean | null;
  readonly presence: SeedMean | null;
}

/** 97.5% quantile of Student's t by degrees of freedom, from 1. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

export function summarise(arms: readonly ExperimentArm[], results: readonly ArmResult[]): ArmSummary[] {
  return arms.map((arm) => {
    const own = results.filter((result) => result.arm === arm.name);
    const over = (read: (result: ArmResult) => number | null): SeedMean | null =>
      seedMean(own.map(read).filter((value) => value !== null));
    return {
      arm,
      seeds: own.length,
      gIoU: over(({ gIoU }) => gIoU),
      accuracy: over(({ accuracy }) => accuracy),
      presence: over(({ presence }) => presence),
    };
  });
}

/** Mean and Student's interval; null without values. */
export function seedMean(values: readonly number[]): SeedMean | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, low: null, high: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = (T[n - 2] ?? 1.96) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** The best arm by gIoU, and those that it is not clearly better than: their intervals meet. */
export function conclusionOf(summaries: readonly ArmSummary[]): string {
  const known = summaries.filter((summary) => summary.gIoU !== null);
  const best = [...known].sort((a, b) => (b.gIoU?.mean ?? 0) - (a.gIoU?.mean ?? 0))[0];
  if (!best?.gIoU) return 'No arm gave a figure, so nothing follows.';
  const { low, mean } = best.gIoU;
  const close = known.filter((other) => other !== best && (low === null || (other.gIoU?.high ?? Infinity) >= low));
  const lead = `Highest gIoU: ${best.arm.name} (${mean.toFixed(1)}).`;
  if (low === null) return `${lead} With one seed nothing says whether the differences would come again.`;
  if (close.length === 0) return `${lead} Its interval meets that of no other arm.`;
  return `${lead} Its interval meets those of ${close.length} of ${known.length - 1} other arms: ${close
    .map(({ arm }) => arm.name)
    .join('; ')}.`;
}
