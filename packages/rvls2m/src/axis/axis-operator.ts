import { bilinearTaps } from '@sim4seg/core';

/** A linear operator along one axis: float32[to,from], row-major. Operators of two axes make one of a map. */
export interface AxisOperator {
  readonly to: number;
  readonly from: number;
  readonly weights: Float32Array;
}

/** Samples a cell: the mean over a cell is taken on a bilinear map that is this much finer than the cells. */
const SAMPLES_A_CELL = 16;

/** Means over `cells` equal parts of the bilinearly interpolated tokens (half-pixel, clamped at the border). */
export function cellMeanOperator(tokens: number, cells: number): AxisOperator {
  const fine = bilinearOperator(tokens, cells * SAMPLES_A_CELL);
  const weights = new Float32Array(cells * tokens);
  for (let i = 0; i < fine.weights.length; i++) {
    const cell = Math.floor(i / tokens / SAMPLES_A_CELL);
    const at = cell * tokens + (i % tokens);
    weights[at] = (weights[at] ?? 0) + (fine.weights[i] ?? 0) / SAMPLES_A_CELL;
  }
  return { to: cells, from: tokens, weights };
}

/** Bilinear interpolation from `from` to `to` samples; half-pixel, no antialias. */
export function bilinearOperator(from: number, to: number): AxisOperator {
  const taps = bilinearTaps(from, to);
  const weights = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    for (let k = 0; k < taps.span; k++) {
      const at = i * from + (taps.starts[i] ?? 0) + k;
      weights[at] = (weights[at] ?? 0) + (taps.weights[i * taps.span + k] ?? 0);
    }
  }
  return { to, from, weights };
}

/** Copies to each of `to` samples the one of `from` in which its centre lies. */
export function nearestOperator(from: number, to: number): AxisOperator {
  const weights = new Float32Array(to * from);
  nearestIndices(from, to).forEach((source, i) => (weights[i * from + source] = 1));
  return { to, from, weights };
}

/** For each of `to` samples the index of `from` in which its centre lies. */
export function nearestIndices(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, i) => Math.min(from - 1, Math.floor(((i + 0.5) * from) / to)));
}

/** An operator made ready for use: per output the first input that counts, and the weights from there on. */
export interface BandedOperator {
  readonly to: number;
  readonly from: number;
  readonly starts: Int32Array;
  readonly span: number;
  readonly weights: Float64Array;
}

/** Drops the zeros at both ends of each row. */
export function toBanded({ to, from, weights }: AxisOperator): BandedOperator {
  const rows = Array.from({ length: to }, (_, i) => bandOf(weights.subarray(i * from, (i + 1) * from)));
  const span = rows.reduce((most, [low, high]) => Math.max(most, high - low), 1);
  const starts = Int32Array.from(rows, ([low]) => Math.min(low, from - span));
  const banded = new Float64Array(to * span);
  for (let i = 0; i < to; i++) {
    for (let k = 0; k < span; k++) banded[i * span + k] = weights[i * from + (starts[i] ?? 0) + k] ?? 0;
  }
  return { to, from, starts, span, weights: banded };
}

/** Some outputs of an operator, in the given order. */
export function pickRows({ from, starts, span, weights }: BandedOperator, chosen: readonly number[]): BandedOperator {
  const picked = new Float64Array(chosen.length * span);
  chosen.forEach((row, i) => picked.set(weights.subarray(row * span, (row + 1) * span), i * span));
  return { to: chosen.length, from, starts: Int32Array.from(chosen, (row) => starts[row] ?? 0), span, weights: picked };
}

function bandOf(row: Float32Array): [low: number, high: number] {
  const low = row.findIndex((weight) => weight !== 0);
  return low < 0 ? [0, 1] : [low, row.findLastIndex((weight) => weight !== 0) + 1];
}
