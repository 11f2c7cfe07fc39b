import { describeShapes, mustFit } from '../kernel/shapes.js';

type Shaped = { readonly shape: readonly number[] };

/** How the window moves: the same on both axes. */
export interface Window {
  readonly stride: number;
  readonly pad: number;
}

export function convolvedSize(size: number, kernel: number, { stride, pad }: Window): number {
  return Math.floor((size + 2 * pad - kernel) / stride) + 1;
}

/** Shape of a convolution's result. @throws SHAPE_MISMATCH */
export function convolvedShape(x: Shaped, weight: Shaped, window: Window): number[] {
  const [batch = 0, channels, height = 0, width = 0] = x.shape;
  const [out = 0, inner, rows = 0, columns = 0] = weight.shape;
  const result = [batch, out, convolvedSize(height, rows, window), convolvedSize(width, columns, window)];
  const ranked = x.shape.length === 4 && weight.shape.length === 4;
  const fits = ranked && channels === inner && result[2]! > 0 && result[3]! > 0;
  const must = 'x is [B, I, H, W], weight [O, I, kh, kw], and the kernel fits into the padded map';
  mustFit(fits, 'conv2d', must, describeShapes(x, weight));
  return result;
}

/** Rows and columns of the padded input that some window covers; a stride can leave the last ones out. */
export function coveredSize(positions: number, kernel: number, stride: number): number {
  return (positions - 1) * stride + kernel;
}
