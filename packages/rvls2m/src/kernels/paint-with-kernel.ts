import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

/** Samples that a cell may write too many, in bytes. */
const SLACK = 16;
const WORDS_A_ROW = 3;
const up = (bytes: number): number => 16 * Math.ceil(bytes / 16);

/** What a grid of cells is painted with. */
export interface Painting {
  /** uint8[G*G]; for each cell a place in `values`. */
  readonly cells: Uint8Array;
  readonly values: Float32Array;
  /** int32[S]; the cell of each sample along a side, not falling. */
  readonly paint: Int32Array;
}

/** float32[S*S] of the painted cells; null where the sizes do not suit the kernel. */
export function paintWithKernel(kernel: SimdKernel, { cells, values, paint }: Painting): Float32Array | null {
  const side = paint.length;
  const grid = Math.sqrt(cells.length);
  const lengths = lengthsOf(paint, grid);
  const paletteAt = up(cells.length);
  const lengthsAt = up(paletteAt + 4 * values.length);
  const wideAt = up(lengthsAt + 4 * lengths.length);
  const tableAt = up(wideAt + 4 * side * (grid + 1) + SLACK);
  const outAt = up(tableAt + 4 * WORDS_A_ROW * side);
  if (side % 4 !== 0 || lengths.indexOf(0) !== grid || !reserve(kernel, outAt + 4 * side * side)) return null;
  const { buffer } = kernel.memory;
  new Uint8Array(buffer, 0, cells.length).set(cells);
  new Float32Array(buffer, paletteAt, values.length).set(values);
  new Int32Array(buffer, lengthsAt, lengths.length).set(lengths);
  kernel.paintRows(0, paletteAt, lengthsAt, wideAt, cells.length);
  new Float32Array(buffer, wideAt + 4 * side * grid, side).fill(0);
  new Int32Array(buffer, tableAt, WORDS_A_ROW * side).set(copyTable(paint));
  kernel.keepRows(wideAt, tableAt, outAt, side, 4 * side);
  return new Float32Array(new Float32Array(buffer, outAt, side * side));
}

const knownLengths = new WeakMap<Int32Array, Int32Array>();

/** Bytes of each cell along a side of the mask, then a 0. */
function lengthsOf(paint: Int32Array, grid: number): Int32Array {
  const known = knownLengths.get(paint);
  if (known) return known;
  const lengths = new Int32Array(grid + 1);
  for (const cell of paint) lengths[cell] = (lengths[cell] as number) + 4;
  knownLengths.set(paint, lengths);
  return lengths;
}

const knownTables = new WeakMap<Int32Array, Int32Array>();

/** Each row of the mask is one row of cells: all of it, and nothing of the next. */
function copyTable(paint: Int32Array): Int32Array {
  const known = knownTables.get(paint);
  if (known) return known;
  const table = new Int32Array(WORDS_A_ROW * paint.length);
  const weights = new Float32Array(table.buffer);
  paint.forEach((row, y) => {
    table[WORDS_A_ROW * y] = 4 * paint.length * row;
    weights[WORDS_A_ROW * y + 1] = 1;
  });
  knownTables.set(paint, table);
  return table;
}
