import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

/** Values that are looked at together. */
const GROUP = 16;
/** Halvings of the range before another way is taken; so many are needed only by values that are nearly all equal. */
const MOST_PASSES = 48;
/** Bytes in front of the values: the limit, and counts in four parts. */
const LIMIT_AT = 0;
const COUNTS_AT = 16;
const VALUES_AT = 32;

/** How many values are wanted, and the range in which all values lie. */
export interface TopChoice {
  readonly wanted: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Marks the `wanted` highest of values, of equal ones the first: uint8[n], 1 for chosen ones, in the kernel's memory until
 * its next use. Null where the number of values or the values themselves do not suit the kernel.
 * - `values` float32[n]; finite
 */
export function markTopWithKernel(kernel: SimdKernel, values: Float32Array, choice: TopChoice): Uint8Array | null {
  const { length } = values;
  const marksAt = VALUES_AT + 4 * length;
  if (length === 0 || length % GROUP !== 0 || !reserve(kernel, marksAt + length)) return null;
  const { buffer } = kernel.memory;
  new Float32Array(buffer, VALUES_AT, length).set(values);
  const found = findLimit(kernel, marksAt, choice);
  if (!found) return null;
  kernel.markAbove(VALUES_AT, marksAt, LIMIT_AT, marksAt);
  const marks = new Uint8Array(buffer, marksAt, length);
  let left = choice.wanted - found.above;
  for (let i = values.indexOf(found.limit); left > 0; i = values.indexOf(found.limit, i + 1), left--) marks[i] = 1;
  return marks;
}

/** Places of the kernel's memory. */
interface Places {
  readonly kernel: SimdKernel;
  readonly end: number;
  readonly limit: Float32Array;
  readonly counts: Int32Array;
}

/**
 * A limit, left in the kernel's memory: the wanted values are above it, or all that are above and some that equal it.
 * The range is halved until it fits.
 */
function findLimit(
  kernel: SimdKernel,
  end: number,
  { wanted, low, high }: TopChoice,
): { readonly limit: number; readonly above: number } | null {
  const limit = new Float32Array(kernel.memory.buffer, LIMIT_AT, 1);
  const places = { kernel, end, limit, counts: new Int32Array(kernel.memory.buffer, COUNTS_AT, 4) };
  let [from, to, aboveTo] = [low, high, 0];
  const aboveLow = countAbove(places, low);
  if (aboveLow <= wanted) return { limit: low, above: aboveLow };
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const middle = Math.fround(from / 2 + to / 2);
    if (middle <= from || middle >= to) {
      limit[0] = to;
      return { limit: to, above: aboveTo };
    }
    const above = countAbove(places, middle);
    if (above === wanted) return { limit: middle, above };
    if (above > wanted) from = middle;
    else [to, aboveTo] = [middle, above];
  }
  return null;
}

function countAbove({ kernel, end, limit, counts }: Places, value: number): number {
  limit[0] = value;
  kernel.countAbove(VALUES_AT, end, LIMIT_AT, COUNTS_AT);
  return (counts[0] as number) + (counts[1] as number) + (counts[2] as number) + (counts[3] as number);
}
