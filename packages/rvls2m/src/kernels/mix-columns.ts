import type { BandedOperator } from '../axis/axis-operator.js';
import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

const ENTRY_BYTES = 24;

/** A map and the operator of its columns, of two inputs an output. */
export interface ColumnMix {
  /** float32[rows or more, to]; its first rows are written. */
  readonly wide: Float32Array;
  /** float32[rows, from]. */
  readonly map: Float32Array;
  readonly columns: BandedOperator;
}

/** Whether the rows could be mixed: to the same bits as by a loop in float64. */
export function mixColumnsWithKernel(kernel: SimdKernel, { wide, map, columns }: ColumnMix): boolean {
  const { from, to } = columns;
  const length = (map.length / from) * to;
  const table = tableOf(columns);
  const mapAt = table.byteLength;
  const outAt = mapAt + 4 * map.length;
  if (length === 0 || !reserve(kernel, outAt + 4 * length)) return false;
  const { buffer } = kernel.memory;
  new Int32Array(buffer, 0, table.length).set(table);
  new Float32Array(buffer, mapAt, map.length).set(map);
  kernel.mixColumns(mapAt, outAt, 0, outAt, 4 * from);
  wide.set(new Float32Array(buffer, outAt, length));
  return true;
}

const tables = new WeakMap<BandedOperator, Int32Array>();

/** Entries of 24 bytes: offset, nothing, both weights; then a negative offset. */
function tableOf(columns: BandedOperator): Int32Array {
  const known = tables.get(columns);
  if (known) return known;
  const { to, starts, weights } = columns;
  const table = new Int32Array((ENTRY_BYTES / 4) * (to + 1));
  const weightsIn = new Float64Array(table.buffer);
  for (let x = 0; x < to; x++) {
    table[6 * x] = 4 * (starts[x] as number);
    weightsIn[3 * x + 1] = weights[2 * x] as number;
    weightsIn[3 * x + 2] = weights[2 * x + 1] as number;
  }
  table[6 * to] = -1;
  tables.set(columns, table);
  return table;
}
