import { describeShapes, mustFit } from '../kernel/shapes.js';

type Shaped = { readonly shape: readonly number[] };

/** How the window moves: the same on both axes. */
export interface Window {
  readonly stride: number;
  readonly pad: number;
  /** Distance of neighbouring kernel entries in pixels. */
  readonly dilation: number;
}

/** Pixels that a kernel spans. */
export function spannedSize(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

function convolvedSize(size: number, kernel: number, { stride, pad, dilation }: Window): number {
  return Math.floor((size + 2 * pad - spannedSize(kernel, dilation)) / stride) + 1;
}

/** Shape of a convolution's result. @throws SHAPE_MISMATCH */
export function convolvedShape(x: Shaped, weight: Shaped, window: Window, groups = 1): number[] {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const [out = 0, inner = 0, rows = 0, columns = 0] = weight.shape;
  const result = [batch, out, convolvedSize(height, rows, window), convolvedSize(width, columns, window)];
  const ranked = x.shape.length === 4 && weight.shape.length === 4;
  const divided = channels === inner * groups && out % groups === 0;
  const fits = ranked && divided && result[2]! > 0 && result[3]! > 0;
  const must = 'x is [B, I, H, W], weight [O, I / groups, kh, kw], and the kernel fits into the padded map';
  mustFit(fits, 'conv2d', must, describeShapes(x, weight));
  return result;
}

/** Rows or columns of the padded input that some window covers; a stride can leave the last ones out. */
export function coveredSize(positions: number, kernel: number, { stride, dilation }: Window): number {
  return (positions - 1) * stride + spannedSize(kernel, dilation);
}
