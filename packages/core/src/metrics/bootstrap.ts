import type { RandomSource } from '../random.js';

/** A statistic with its 95% percentile-bootstrap interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * 95% interval of a statistic over rows, by resampling rows with replacement.
 * - `statistic` sees rows of the same number; resamples on which it is not finite are left out
 * Without rows everything is NaN; a single row gives a point.
 */
export function bootstrapInterval<Row>(
  rows: readonly Row[],
  statistic: (rows: readonly Row[]) => number,
  { random, rounds = 1000 }: { random: RandomSource; rounds?: number },
): Interval {
  const mean = rows.length > 0 ? statistic(rows) : NaN;
  const draw = (): number => statistic(rows.map(() => random.pick(rows)));
  const draws = rows.length > 0 ? Array.from({ length: rounds }, draw).filter(Number.isFinite) : [];
  draws.sort((a, b) => a - b);
  return { mean, low: quantile(draws, 0.025), high: quantile(draws, 0.975) };
}

/** Linear interpolation between order statistics. */
function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const lower = sorted[Math.floor(position)];
  const upper = sorted[Math.ceil(position)];
  if (lower === undefined || upper === undefined) return NaN;
  return lower + (upper - lower) * (position - Math.floor(position));
}
