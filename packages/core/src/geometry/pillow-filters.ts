/** Name of a resampling filter of Pillow. */
export type PillowFilter = 'box' | 'bilinear' | 'bicubic';

interface FilterKernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

/** Keys' cubic with a = -0.5, as Pillow has it. */
function cubicWeight(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

const KERNELS: Record<PillowFilter, FilterKernel> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubicWeight },
};

/** Fractional bits of an integer coefficient: a pixel has 8 bits, 2 more absorb the overshoot of a cubic. */
export const COEFFICIENT_BITS = 22;

/** Integer taps of one axis: output i sums `counts[i]` inputs from `starts[i]`, coefficients from `i * stride`. */
export interface PillowTaps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly coefficients: Int32Array;
  readonly stride: number;
}

/**
 * Coefficients of one pass: normalised in float64, then rounded half away from zero to 22 fractional bits. When
 * shrinking, the support widens with the scale (antialias).
 * @source Pillow 9.4.0 Resample.c, precompute_coeffs and normalize_coeffs_8bpc
 * @deviation none
 */
export function pillowTaps(fromLength: number, toLength: number, filter: PillowFilter): PillowTaps {
  const kernel = KERNELS[filter];
  const scale = fromLength / toLength;
  const filterScale = Math.max(1, scale);
  const support = kernel.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(toLength);
  const counts = new Int32Array(toLength);
  const coefficients = new Int32Array(toLength * stride);
  for (let i = 0; i < toLength; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(fromLength, Math.trunc(center + support + 0.5));
    const weights = Array.from({ length: end - start }, (_, x) =>
      kernel.weight((x + start - center + 0.5) * (1 / filterScale)),
    );
    starts[i] = start;
    counts[i] = end - start;
    coefficients.set(toIntegers(weights), i * stride);
  }
  return { starts, counts, coefficients, stride };
}

function toIntegers(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => {
    const scaled = (sum === 0 ? w : w / sum) * (1 << COEFFICIENT_BITS);
    return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  });
}
