import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';

/** Height and width of a token map. */
export type Grid = readonly [number, number];

const upTo = (size: number, side: number): number => Math.ceil(size / side) * side;

/**
 * Cuts a token map into windows, row by row; zeros are added at the bottom and at the right where it does not divide.
 * The zeros take part in attention.
 * @param x float32[B,H,W,C]
 * @returns float32[B*windows,side,side,C]
 * @source segment-anything modeling/image_encoder.py window_partition
 */
export function toWindows(x: Tensor, side: number): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [full, wide] = [upTo(height, side), upTo(width, side)];
  const padded = ops.pad(x, [
    [0, 0],
    [0, full - height],
    [0, wide - width],
    [0, 0],
  ]);
  const rows = ops.reshape(padded, [batch * (full / side), side, wide / side, side * channels]);
  return ops.reshape(ops.transpose(rows, [0, 2, 1, 3]), [-1, side, side, channels]);
}

/**
 * The opposite of {@link toWindows}; what was added is cut off.
 * @param windows float32[B*windows,side,side,C]
 * @returns float32[B,H,W,C]
 * @source segment-anything modeling/image_encoder.py window_unpartition
 */
export function fromWindows(windows: Tensor, [height, width]: Grid): Tensor {
  const [, side, , channels] = windows.shape as [number, number, number, number];
  const [full, wide] = [upTo(height, side), upTo(width, side)];
  const columns = ops.reshape(windows, [-1, wide / side, side, side * channels]);
  const padded = ops.reshape(ops.transpose(columns, [0, 2, 1, 3]), [-1, full, wide, channels]);
  return ops.slice(padded, [0, 0, 0, 0], [-1, height, width, -1]);
}
