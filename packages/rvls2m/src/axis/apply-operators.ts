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
  const wide = mixColumns(map, columns, rows.from);
  const width = columns.to;
  const sums = new Float64Array(width);
  const out = new Float32Array(rows.to * width);
  const { starts, span, weights } = rows;
  for (let y = 0; y < rows.to; y++) {
    sums.fill(0);
    for (let k = 0; k < span; k++) {
      const weight = weights[y * span + k] as number;
      const source = ((starts[y] as number) + k) * width;
      if (weight === 0) continue;
      for (let x = 0; x < width; x++) sums[x] = (sums[x] as number) + weight * (wide[source + x] as number);
    }
    out.set(sums, y * width);
  }
  return out;
}

/** Along each of `count` rows: float32[count, from] to float64[count, to]. */
function mixColumns(
  map: Float32Array,
  { from, to, starts, span, weights }: BandedOperator,
  count: number,
): Float64Array {
  const wide = new Float64Array(count * to);
  for (let y = 0; y < count; y++) {
    for (let x = 0; x < to; x++) {
      const start = y * from + (starts[x] as number);
      let sum = 0;
      for (let k = 0; k < span; k++) sum += (weights[x * span + k] as number) * (map[start + k] as number);
      wide[y * to + x] = sum;
    }
  }
  return wide;
}
