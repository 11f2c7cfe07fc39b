import { markTopWithKernel } from './kernels/mark-top.js';
import type { TopChoice } from './kernels/mark-top.js';
import { simdKernel } from './kernels/simd-kernel.js';
import { rangeOf } from './maps/content-map.js';

/** Above so many values they are first counted in bins, so that few are left to be ordered. */
const MOST_UNBINNED = 512;
const BINS = 256;
const counts = new Int32Array(BINS);
/** Grows to the largest grid seen; used again at every call. */
let binOf = new Uint8Array(0);

/**
 * The `count` highest of the given cells, best first; equal means keep their order.
 * - `means` float32[cells]; `allowed`: indices that may be chosen
 */
export function selectTopCells(means: Float32Array, allowed: Int32Array, count: number): number[] {
  const chosen: number[] = [];
  const equal: number[] = [];
  const wanted = Math.min(count, allowed.length);
  if (wanted === 0) return [];
  const limit = limitOfTop(pickCells(means, allowed), wanted);
  for (let i = 0; i < allowed.length; i++) {
    const cell = allowed[i] as number;
    const mean = means[cell] as number;
    if (mean > limit) chosen.push(cell);
    else if (mean === limit) equal.push(cell);
  }
  chosen.sort((a, b) => (means[b] as number) - (means[a] as number) || a - b);
  for (let i = 0; chosen.length < wanted; i++) chosen.push(equal[i] as number);
  return chosen;
}

/** The same cells as marks: uint8[cells], 1 in chosen ones. */
export function markTopCells(
  { means, allowed, low, high }: CellRange,
  count: number,
  kernel = simdKernel(),
): Uint8Array<ArrayBuffer> {
  const marks = new Uint8Array(means.length);
  const choice = { wanted: Math.min(count, allowed.length), low, high };
  if (choice.wanted === 0) return marks;
  const values = pickCells(means, allowed);
  const chosen = (kernel && markTopWithKernel(kernel, values, choice)) ?? markTop(values, choice);
  if (values.buffer === means.buffer) marks.set(chosen);
  else for (let i = 0; i < chosen.length; i++) marks[allowed[i] as number] = chosen[i] as number;
  return marks;
}

function markTop(values: Float32Array, choice: TopChoice): Uint8Array {
  const marks = new Uint8Array(values.length);
  const limit = limitOfTop(values, choice.wanted, choice);
  let left = choice.wanted;
  for (let i = 0; i < values.length; i++) {
    const isAbove = (values[i] as number) > limit ? 1 : 0;
    marks[i] = isAbove;
    left -= isAbove;
  }
  for (let i = values.indexOf(limit); left > 0; i = values.indexOf(limit, i + 1), left--) marks[i] = 1;
  return marks;
}

/** Cells that may be chosen, and the range of their means. */
export interface CellRange {
  readonly means: Float32Array;
  readonly allowed: Int32Array;
  readonly low: number;
  readonly high: number;
}

/** The means of some cells; without a copy where they are the first ones. */
export function pickCells(means: Float32Array, cells: Int32Array): Float32Array {
  const count = cells.length;
  if (cells[count - 1] === count - 1) return means.subarray(0, count);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = means[cells[i] as number] as number;
  return values;
}

/** The `wanted`-th highest value. */
function limitOfTop(
  values: Float32Array,
  wanted: number,
  range?: { readonly low: number; readonly high: number },
): number {
  if (values.length <= MOST_UNBINNED) return nthHighest(values.slice(), wanted);
  return nthHighestOfMany(values, wanted, range ?? rangeOf(values));
}

/** The n-th highest value, looked for among those of its bin only. */
function nthHighestOfMany(
  values: Float32Array,
  n: number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  if (!(high > low)) return high;
  const scale = (BINS - 1) / (high - low);
  if (binOf.length < values.length) binOf = new Uint8Array(values.length);
  const bins = binOf;
  counts.fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = (((values[i] as number) - low) * scale) | 0;
    bins[i] = bin;
    counts[bin] = (counts[bin] as number) + 1;
  }
  let [bin, above] = [BINS - 1, 0];
  for (; above + (counts[bin] as number) < n; bin--) above += counts[bin] as number;
  const same = new Float32Array(counts[bin] as number);
  for (let next = 0, i = -1; next < same.length; next++) {
    i = bins.indexOf(bin, i + 1);
    same[next] = values[i] as number;
  }
  return nthHighest(same, n - above);
}

/** The n-th highest value (n from 1); rearranges `values`. Hoare's selection: linear on average. */
function nthHighest(values: Float32Array, n: number): number {
  const target = n - 1;
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i <= j) swap(values, i++, j--);
    }
    if (target <= j) high = j;
    else if (target >= i) low = i;
    else break;
  }
  return values[target] as number;
}

function swap(values: Float32Array, i: number, j: number): void {
  const held = values[i] as number;
  values[i] = values[j] as number;
  values[j] = held;
}
