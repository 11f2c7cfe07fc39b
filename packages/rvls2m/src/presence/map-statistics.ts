import { rangeOf } from '../maps/content-map.js';

/** What can be said about how much a similarity map stands out. */
export const MAP_STATISTICS = {
  /** How many standard deviations the highest token lies above the mean. */
  peakZ,
  /** Otsu's share of the variance between two groups of tokens, 0..1. */
  separability,
  /** The highest dot product itself; its scale is that of the trained model. */
  peak: (values: Float32Array): number => rangeOf(values).high,
} as const;

/** Name of a statistic: how far the peak stands out, how separable two groups are, or the peak itself. */
export type MapStatistic = 'peakZ' | 'separability' | 'peak';

/** 0 on a constant map. float32[n], n >= 1 */
function peakZ(values: Float32Array): number {
  const { mean, deviation } = momentsOf(values);
  return deviation === 0 ? 0 : (rangeOf(values).high - mean) / deviation;
}

/** The largest share of the variance that a cut into two groups explains: 0 on a constant map, 1 on two values. */
function separability(values: Float32Array): number {
  const { mean, deviation } = momentsOf(values);
  if (deviation === 0) return 0;
  const sorted = Float32Array.from(values).sort();
  let [best, below] = [0, 0];
  for (let i = 0; i < sorted.length - 1; i++) {
    below += (sorted[i] as number) - mean;
    best = Math.max(best, (below * below) / ((i + 1) * (sorted.length - i - 1)));
  }
  return Math.min(1, best / deviation ** 2);
}

/** Deviations below rounding of the values count as 0. */
function momentsOf(values: Float32Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return { mean, deviation: deviation <= 1e-6 * Math.abs(mean) ? 0 : deviation };
}
