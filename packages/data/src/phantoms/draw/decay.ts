const STEPS_PER_UNIT = 256;
const LONGEST = 12;

/** exp(-x) at the steps' middles. */
const table = Float32Array.from({ length: LONGEST * STEPS_PER_UNIT }, (_, i) => Math.exp(-(i + 0.5) / STEPS_PER_UNIT));

/** exp(-x) for x >= 0 to half a percent, from a table: the light that is left after an absorption. */
export function decay(x: number): number {
  const step = (x * STEPS_PER_UNIT) | 0;
  return step >= table.length ? 0 : (table[step < 0 ? 0 : step] as number);
}
