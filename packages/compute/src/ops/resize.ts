import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { tensor } from './constants.js';
import { matMul } from './mat-mul.js';
import { reshape } from './shape.js';

/** float32[to, from]: row i holds the two weights that make output i. Half-pixel centres, edges repeated. */
export function interpolationMatrix(from: number, to: number): Float32Array {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i += 1) {
    const centre = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(centre);
    const high = Math.min(low + 1, from - 1);
    matrix[i * from + low]! += 1 - (centre - low);
    matrix[i * from + high]! += centre - low;
  }
  return matrix;
}

/**
 * Bilinear resize with half-pixel centres and without antialiasing, torch's `align_corners=False`.
 * @param x float32[B, C, H, W]
 * @param size height and width of the result
 * @returns float32[B, C, size[0], size[1]]
 * @throws SHAPE_MISMATCH
 */
export function resizeBilinear(x: Tensor, size: readonly [number, number]): Tensor {
  mustFit(x.rank === 4, 'resizeBilinear', 'x is [B, C, H, W]', describeShapes(x));
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const columns = tensor(interpolationMatrix(width, size[1]), [size[1], width]);
  const rows = tensor(interpolationMatrix(height, size[0]), [size[0], height]);
  const flat = reshape(x, [batch * channels, height, width]);
  const wide = width === size[1] ? flat : matMul(flat, columns, { transposeB: true });
  const full = height === size[0] ? wide : matMul(reshape(rows, [1, size[0], height]), wide);
  return reshape(full, [batch, channels, size[0], size[1]]);
}
