import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

const ROWS_AT_ONCE = 4;

/**
 * Dot products of every row with one vector: sums in float64 over even and over odd places, added, rounded once. Both
 * forms give the same bits.
 * - `rows` float32[n,width]; `vector` float32[width]; returns float32[n]
 */
export function dotRows(rows: Float32Array, vector: Float32Array, kernel: SimdKernel | null): Float32Array {
  const width = vector.length;
  const out = new Float32Array(rows.length / width);
  const done = kernel && width % 2 === 0 ? dotWithKernel(kernel, { rows, vector, out }) : 0;
  for (let row = done; row < out.length; row++) out[row] = dotOne(rows, vector, row * width);
  return out;
}

function dotOne(rows: Float32Array, vector: Float32Array, from: number): number {
  let even = 0;
  let odd = 0;
  let i = 0;
  for (; i + 1 < vector.length; i += 2) {
    even += (rows[from + i] as number) * (vector[i] as number);
    odd += (rows[from + i + 1] as number) * (vector[i + 1] as number);
  }
  if (i < vector.length) even += (rows[from + i] as number) * (vector[i] as number);
  return even + odd;
}

interface Dot {
  readonly rows: Float32Array;
  readonly vector: Float32Array;
  readonly out: Float32Array;
}

/** Returns how many rows are done: all but the last few. */
function dotWithKernel(kernel: SimdKernel, { rows, vector, out }: Dot): number {
  const width = vector.length;
  const groups = Math.floor(out.length / ROWS_AT_ONCE);
  const done = groups * ROWS_AT_ONCE;
  const vectorAt = 0;
  const outAt = 8 * width;
  const rowsAt = outAt + 4 * done;
  if (groups === 0 || !reserve(kernel, rowsAt + 4 * done * width)) return 0;
  const { buffer } = kernel.memory;
  new Float64Array(buffer, vectorAt, width).set(vector);
  new Float32Array(buffer, rowsAt, done * width).set(done === out.length ? rows : rows.subarray(0, done * width));
  kernel.dotRows(rowsAt, vectorAt, outAt, groups, 4 * width);
  out.set(new Float32Array(buffer, outAt, done));
  return done;
}
