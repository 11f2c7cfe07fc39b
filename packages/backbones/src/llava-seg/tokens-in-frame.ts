import { createModelFrame } from '@sim4seg/core';
import type { FloatArray, ModelFrame, Size } from '@sim4seg/core';

export interface FramedTokens {
  readonly imageTokens: FloatArray;
  readonly frame: ModelFrame;
}

interface AxisTap {
  readonly low: number;
  readonly share: number;
}

/**
 * Image tokens of a vision tower that sees the middle square of an image, laid over the whole image in a square frame:
 * - `tokens` float32[1,side*side,D]; row-major over the middle square; returns the same shape over the frame
 * Bilinear between token centres (half-pixel). A place that the tower does not see gets the mean token, so that its
 * similarity is neither high nor low. Linear, so that similarity and resampling may change places.
 */
export function tokensInFrame({ data, shape }: FloatArray, image: Size, side: number): FramedTokens {
  const width = shape[2] ?? 1;
  const long = Math.max(image.widthPx, image.heightPx);
  const rows = axisTaps(image.heightPx, { image, side, long });
  const columns = axisTaps(image.widthPx, { image, side, long });
  const mean = meanToken(data, width);
  const framed = new Float32Array(data.length);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const out = framed.subarray((y * side + x) * width, (y * side + x + 1) * width);
      if (row === null || column === null) out.set(mean);
      else blend(out, { data, side, width }, { row, column });
    });
  });
  return { imageTokens: { data: framed, shape }, frame: createModelFrame(image, side) };
}

/** For each cell of the frame along an axis: the tokens on both sides of its centre; null outside the middle square. */
function axisTaps(
  length: number,
  { image, side, long }: { readonly image: Size; readonly side: number; readonly long: number },
): (AxisTap | null)[] {
  const short = Math.min(image.widthPx, image.heightPx);
  return Array.from({ length: side }, (_, i) => {
    const inSquare = ((i + 0.5) / side) * long - (length - short) / 2;
    if (inSquare < 0 || inSquare > short) return null;
    const place = Math.min(side - 1, Math.max(0, (inSquare / short) * side - 0.5));
    const low = Math.min(Math.floor(place), Math.max(0, side - 2));
    return { low, share: place - low };
  });
}

interface TokenGrid {
  readonly data: Float32Array;
  readonly side: number;
  readonly width: number;
}

function blend(
  out: Float32Array,
  { data, side, width }: TokenGrid,
  { row, column }: { readonly row: AxisTap; readonly column: AxisTap },
): void {
  for (const [dy, rowShare] of [1 - row.share, row.share].entries()) {
    for (const [dx, columnShare] of [1 - column.share, column.share].entries()) {
      const share = rowShare * columnShare;
      if (share === 0) continue;
      const from = ((row.low + dy) * side + column.low + dx) * width;
      for (let i = 0; i < width; i++) out[i] = (out[i] as number) + share * (data[from + i] as number);
    }
  }
}

function meanToken(data: Float32Array, width: number): Float32Array {
  const sum = new Float64Array(width);
  data.forEach((value, i) => (sum[i % width] = (sum[i % width] as number) + value));
  return Float32Array.from(sum, (value) => (value * width) / data.length);
}
