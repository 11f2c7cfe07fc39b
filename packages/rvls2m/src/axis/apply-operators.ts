import { mixColumnsWithKernel } from '../kernels/mix-columns.js';
import { mixRows } from '../kernels/mix-rows.js';
import type { RowTable } from '../kernels/mix-rows.js';
import { simdKernel } from '../kernels/simd-kernel.js';
import type { BandedOperator } from './axis-operator.js';

/** Operators of both axes of a map. */
export interface MapOperator {
  readonly rows: BandedOperator;
  readonly columns: BandedOperator;
}

/** Rows that a kernel mixes at a time. */
const PAIR = 2;

/**
 * Applies an operator to each axis.
 * - `map` float32[rows.from, columns.from]; returns float32[rows.to, columns.to]
 */
export function applyOperators(map: Float32Array, { rows, columns }: MapOperator): Float32Array {
  const out = new Float32Array(rows.to * columns.to);
  const wide = wideRows(rows.from * columns.to, columns.to);
  mixColumns(wide, map, columns);
  if (rows.span > PAIR) mixBands(out, wide, { rows, width: columns.to });
  else mixRows({ data: wide, width: columns.to }, pairTable(rows), { form: 'keep', out, kernel: simdKernel() });
  return out;
}

/** Grows to the largest map seen; used again at every call. */
let scratch = new Float32Array(0);

/** Room for rows, and one more of zeros: the second of a pair that has no second. */
function wideRows(length: number, width: number): Float32Array {
  if (scratch.length < length + width) scratch = new Float32Array(length + width);
  return scratch.subarray(0, length + width).fill(0, length);
}

/** Along each row: float32[count, from] to the first rows of `wide` float32[count + 1, to]. */
export function mixColumns(
  wide: Float32Array,
  map: Float32Array,
  columns: BandedOperator,
  kernel = simdKernel(),
): void {
  const count = map.length / columns.from;
  if (columns.span === PAIR) {
    if (!kernel || !mixColumnsWithKernel(kernel, { wide, map, columns })) mixPairs(wide, map, columns);
  } else for (let y = 0; y < count; y++) mixLine(wide, map, { columns, y });
}

/** The common case, without a loop over the band. */
function mixPairs(wide: Float32Array, map: Float32Array, { from, to, starts, weights }: BandedOperator): void {
  for (let base = 0, at = 0; base < map.length; base += from) {
    for (let x = 0; x < to; x++, at++) {
      const start = base + (starts[x] as number);
      const left = (weights[2 * x] as number) * (map[start] as number);
      wide[at] = left + (weights[2 * x + 1] as number) * (map[start + 1] as number);
    }
  }
}

function mixLine(
  wide: Float32Array,
  map: Float32Array,
  { columns, y }: { readonly columns: BandedOperator; readonly y: number },
): void {
  const { from, to, starts, span, weights } = columns;
  for (let x = 0; x < to; x++) {
    const start = y * from + (starts[x] as number);
    let sum = 0;
    for (let k = 0; k < span; k++) sum += (weights[x * span + k] as number) * (map[start + k] as number);
    wide[y * to + x] = sum;
  }
}

/** Rows from bands of any width. */
function mixBands(
  out: Float32Array,
  wide: Float32Array,
  { rows: { to, starts, span, weights }, width }: { readonly rows: BandedOperator; readonly width: number },
): void {
  for (let y = 0; y < to; y++) {
    const source = (starts[y] as number) * width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < span; k++) {
        sum += (weights[y * span + k] as number) * (wide[source + k * width + x] as number);
      }
      out[y * width + x] = sum;
    }
  }
}

const tables = new WeakMap<BandedOperator, RowTable>();

/** The bands of an operator of at most two inputs an output, as pairs; made once. */
export function pairTable(operator: BandedOperator, count = operator.to): RowTable {
  const known = tables.get(operator);
  if (known?.starts.length === count) return known;
  const { starts, span, weights } = operator;
  const pairs = new Float32Array(PAIR * count);
  for (let y = 0; y < count; y++) {
    for (let k = 0; k < Math.min(PAIR, span); k++) pairs[PAIR * y + k] = weights[y * span + k] as number;
  }
  const table = { starts: starts.slice(0, count), weights: pairs };
  tables.set(operator, table);
  return table;
}
