/** What an answer said of itself, 0..1, and whether it was right. */
export interface StatedConfidence {
  readonly confidence: number;
  readonly correct: boolean;
}

const BINS = 10;

/**
 * Expected calibration error: mean over ten bins of equal width, weighted by their cases, of the distance between mean
 * confidence and share of right answers; 0..1, null without cases.
 * @source Guo et al. 2017, equation 3
 */
export function expectedCalibrationError(stated: readonly StatedConfidence[]): number | null {
  if (stated.length === 0) return null;
  const bins = Array.from({ length: BINS }, () => ({ confidence: 0, correct: 0 }));
  for (const { confidence, correct } of stated) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))] as (typeof bins)[number];
    bin.confidence += confidence;
    bin.correct += correct ? 1 : 0;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.correct), 0) / stated.length;
}

/** Mean squared distance of confidence from 1 (right) or 0 (wrong); null without cases. */
export function brierScore(stated: readonly StatedConfidence[]): number | null {
  if (stated.length === 0) return null;
  return (
    stated.reduce((sum, { confidence, correct }) => sum + (confidence - (correct ? 1 : 0)) ** 2, 0) / stated.length
  );
}
