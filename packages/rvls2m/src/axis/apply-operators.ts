import type { BandedOperator } from './axis-operator.js';

/** Operators of both axes of a map. */
export interface MapOperator {
  readonly rows: BandedOperator;
  readonly columns: BandedOperator;
}

/**
 * Applies an operator to each axis.
 * - `map` float32[rows.from, columns.from]; returns float32[rows.to, columns.to]
 */
export function applyOperators(map: Float32Array, { rows, columns }: MapOperator): Float32Array {
  const wide = new Float64Array(rows.from * columns.to);
  for (let y = 0; y < rows.from; y++) mixAlongRow(map, y * columns.from, { columns, to: wide, base: y * columns.to });
  const out = new Float32Array(rows.to * columns.to);
  for (let y = 0; y < rows.to; y++) {
    const source = (rows.starts[y] as number) * columns.to;
    for (let x = 0; x < columns.to; x++) {
      let sum = 0;
      for (let k = 0, at = source + x; k < rows.span; k++, at += columns.to) {
        sum += (rows.weights[y * rows.span + k] as number) * (wide[at] as number);
      }
      out[y * columns.to + x] = sum;
    }
  }
  return out;
}

function mixAlongRow(
  map: Float32Array,
  from: number,
  { columns, to, base }: { readonly columns: BandedOperator; readonly to: Float64Array; readonly base: number },
): void {
  for (let x = 0; x < columns.to; x++) {
    const start = from + (columns.starts[x] as number);
    let sum = 0;
    for (let k = 0; k < columns.span; k++)
      sum += (columns.weights[x * columns.span + k] as number) * (map[start + k] as number);
    to[base + x] = sum;
  }
}
