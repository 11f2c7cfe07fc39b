/** How far values may lie from their reference: |x - ref| <= atol + rtol * |ref|. */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

/** Outcome of a comparison; `worstIndex` is where the tolerance is exceeded most, or used most. */
export interface Closeness {
  readonly isClose: boolean;
  readonly worstIndex: number;
  readonly actual: number;
  readonly expected: number;
  readonly maxAbs: number;
  /** Largest |x - ref| / |ref| over references that are not zero. */
  readonly maxRel: number;
}

/** Values of any numeric array; int64 tensors hold bigints. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint>;

/**
 * Compares values with their reference, element by element. NaN is close to NaN only; an infinity only to itself. A
 * different number of elements is never close.
 */
export function closeTo(actual: Numbers, expected: Numbers, { atol, rtol }: Tolerance): Closeness {
  const worst = { index: -1, use: -1, maxAbs: 0, maxRel: 0 };
  const count = Math.max(actual.length, expected.length);
  for (let i = 0; i < count; i++) {
    const [x, ref] = [Number(actual[i] ?? NaN), Number(expected[i] ?? NaN)];
    const difference = i < actual.length && i < expected.length ? distance(x, ref) : Infinity;
    const allowed = atol + rtol * Math.abs(ref);
    const use = difference === 0 ? 0 : allowed > 0 ? difference / allowed : Infinity;
    worst.maxAbs = Math.max(worst.maxAbs, difference);
    if (ref !== 0 && difference > 0) worst.maxRel = Math.max(worst.maxRel, difference / Math.abs(ref));
    // Written so that an infinite or undefined use counts as the worst.
    if (!(use <= worst.use)) Object.assign(worst, { index: i, use });
  }
  return {
    isClose: worst.use <= 1,
    worstIndex: worst.index,
    actual: Number(actual[worst.index] ?? NaN),
    expected: Number(expected[worst.index] ?? NaN),
    maxAbs: worst.maxAbs,
    maxRel: worst.maxRel,
  };
}

function distance(x: number, ref: number): number {
  if (Object.is(x, ref) || x === ref) return 0;
  const difference = Math.abs(x - ref);
  return Number.isNaN(difference) ? Infinity : difference;
}

/** Throws with the worst element where values are not close to their reference; for tests. */
export function expectClose(what: string, actual: Numbers, expected: Numbers, tolerance: Tolerance): void {
  const { isClose, worstIndex, actual: x, expected: ref, maxAbs } = closeTo(actual, expected, tolerance);
  if (isClose) return;
  const sizes = actual.length === expected.length ? '' : ` (${actual.length} elements instead of ${expected.length})`;
  throw new Error(
    `${what}[${worstIndex}] is ${x} instead of ${ref}${sizes}: off by ${maxAbs}, ` +
      `allowed ${tolerance.atol} + ${tolerance.rtol} * |reference|`,
  );
}
