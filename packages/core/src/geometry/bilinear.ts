import type { FloatMap, Size } from './size.js';

/** Linear taps of one axis: output i is the sum of `span` inputs from `starts[i]`, weights from `i * span`. */
export interface AxisTaps {
  readonly starts: Int32Array;
  readonly weights: Float64Array;
  readonly span: number;
}

/**
 * Bilinear taps of one axis, half-pixel (`align_corners = false`), not antialiased: source = (i + 0.5) * from / to - 0.5,
 * clamped at 0, the upper neighbour clamped at the border.
 * @source PyTorch upsample_bilinear2d, align_corners false
 */
export function bilinearTaps(fromLength: number, toLength: number): AxisTaps {
  const span = Math.min(2, fromLength);
  const starts = new Int32Array(toLength);
  const weights = new Float64Array(toLength * span);
  for (let i = 0; i < toLength; i++) {
    const position = Math.max(0, ((i + 0.5) * fromLength) / toLength - 0.5);
    const lower = Math.min(Math.floor(position), fromLength - 1);
    const start = Math.min(lower, fromLength - span);
    const fraction = lower === fromLength - 1 ? 0 : position - lower;
    starts[i] = start;
    weights[i * span + lower - start] = 1 - fraction;
    if (fraction > 0) weights[i * span + lower - start + 1] = fraction;
  }
  return { starts, weights, span };
}

/** Taps that do what `first` and then `second` do; `second` may read only the first part of `first`'s outputs (a crop). */
export function composeTaps(first: AxisTaps, second: AxisTaps): AxisTaps {
  const length = second.starts.length;
  const rows = Array.from({ length }, (_, i) => composeRow(first, second, i));
  const span = rows.reduce((most, row) => Math.max(most, row.weights.length), 1);
  const starts = new Int32Array(length);
  const weights = new Float64Array(length * span);
  rows.forEach((row, i) => {
    starts[i] = row.start;
    weights.set(row.weights, i * span);
  });
  return { starts, weights, span };
}

function composeRow(first: AxisTaps, second: AxisTaps, i: number): { start: number; weights: number[] } {
  const byInput = new Map<number, number>();
  for (let k = 0; k < second.span; k++) {
    const outer = second.weights[i * second.span + k] as number;
    const middle = (second.starts[i] as number) + k;
    for (let j = 0; outer !== 0 && j < first.span; j++) {
      const inner = first.weights[middle * first.span + j] as number;
      const input = (first.starts[middle] as number) + j;
      if (inner !== 0) byInput.set(input, (byInput.get(input) ?? 0) + outer * inner);
    }
  }
  const start = Math.min(...byInput.keys());
  const weights = Array.from(
    { length: Math.max(...byInput.keys()) - start + 1 },
    (_, k) => byInput.get(start + k) ?? 0,
  );
  return { start, weights };
}

/** Applies taps along both axes: float32[h, w] to float32[rows, columns]. */
export function applyTaps(map: FloatMap, rows: AxisTaps, columns: AxisTaps): FloatMap {
  const widthPx = columns.starts.length;
  const heightPx = rows.starts.length;
  const wide = widen(map, columns);
  const data = new Float32Array(heightPx * widthPx);
  for (let y = 0; y < heightPx; y++) mixRows({ from: wide, to: data, toBase: y * widthPx, widthPx, y, rows });
  return { data, widthPx, heightPx };
}

/** Rows of a map from `firstRow` on. `data`: float32[n, columns]; valid until the next band. */
export interface RowBand {
  readonly firstRow: number;
  readonly data: Float32Array;
}

/** What {@link applyTaps} gives, to the last bit, in bands of at most `bandRows` rows: work and memory come in pieces. */
export function* tapBands(
  map: FloatMap,
  { rows, columns, bandRows }: { readonly rows: AxisTaps; readonly columns: AxisTaps; readonly bandRows: number },
): Generator<RowBand> {
  const [widthPx, heightPx] = [columns.starts.length, rows.starts.length];
  const wide = widen(map, columns);
  const band = new Float32Array(Math.min(bandRows, heightPx) * widthPx);
  for (let firstRow = 0; firstRow < heightPx; firstRow += bandRows) {
    const end = Math.min(heightPx, firstRow + bandRows);
    band.fill(0);
    for (let y = firstRow; y < end; y++)
      mixRows({ from: wide, to: band, toBase: (y - firstRow) * widthPx, widthPx, y, rows });
    yield { firstRow, data: band.subarray(0, (end - firstRow) * widthPx) };
  }
}

function widen({ data, widthPx, heightPx }: FloatMap, columns: AxisTaps): Float32Array {
  const width = columns.starts.length;
  const wide = new Float32Array(heightPx * width);
  for (let y = 0; y < heightPx; y++)
    resampleRow({ from: data, base: y * widthPx, to: wide, toBase: y * width, columns });
  return wide;
}

/**
 * Resizes a float map bilinearly, half-pixel, without antialias.
 * - `map`: float32[h, w]; returns float32[size.heightPx, size.widthPx]
 * @source PyTorch F.interpolate(mode='bilinear', align_corners=False)
 * @deviation positions and weights are float64
 */
export function resizeBilinear(map: FloatMap, size: Size): FloatMap {
  return applyTaps(map, bilinearTaps(map.heightPx, size.heightPx), bilinearTaps(map.widthPx, size.widthPx));
}

interface RowRun {
  readonly from: Float32Array;
  readonly base: number;
  readonly to: Float32Array;
  readonly toBase: number;
  readonly columns: AxisTaps;
}

function resampleRow({ from, base, to, toBase, columns }: RowRun): void {
  const { starts, weights, span } = columns;
  const last = from.length - 1;
  for (let x = 0; x < starts.length; x++) {
    const start = base + (starts[x] as number);
    let sum = 0;
    for (let k = 0; k < span; k++)
      sum += (from[Math.min(start + k, last)] as number) * (weights[x * span + k] as number);
    to[toBase + x] = sum;
  }
}

interface MixRun {
  readonly from: Float32Array;
  readonly to: Float32Array;
  readonly toBase: number;
  readonly widthPx: number;
  readonly y: number;
  readonly rows: AxisTaps;
}

function mixRows({ from, to, toBase: base, widthPx, y, rows }: MixRun): void {
  for (let k = 0; k < rows.span; k++) {
    const weight = rows.weights[y * rows.span + k] as number;
    const source = ((rows.starts[y] as number) + k) * widthPx;
    if (weight === 0) continue;
    for (let x = 0; x < widthPx; x++) to[base + x] = (to[base + x] as number) + (from[source + x] as number) * weight;
  }
}
