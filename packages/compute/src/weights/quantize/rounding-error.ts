/** How far rounded weights lie from the original ones. */
export interface RoundingError {
  /** Largest difference of an element. */
  readonly maxAbs: number;
  /** Root of the mean square difference. */
  readonly rms: number;
  /** Root of the sum of squared differences over that of squared weights; 0 where all weights are zero. */
  readonly relative: number;
}

/** Compares rounded elements with the original ones. */
export function roundingError(original: Float32Array, rounded: Float32Array): RoundingError {
  let [maxAbs, squares, norm] = [0, 0, 0];
  for (let i = 0; i < original.length; i++) {
    const value = original[i] as number;
    const difference = Math.abs((rounded[i] as number) - value);
    if (difference > maxAbs) maxAbs = difference;
    squares += difference * difference;
    norm += value * value;
  }
  const rms = original.length ? Math.sqrt(squares / original.length) : 0;
  return { maxAbs, rms, relative: norm > 0 ? Math.sqrt(squares / norm) : 0 };
}
