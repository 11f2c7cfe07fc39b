import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { layerNorm } from './norm.js';
import { transpose } from './shape.js';

/**
 * {@link layerNorm} over the channels of each pixel, as SAM's LayerNorm2d.
 * @param x float32[B, C, H, W]
 * @param weight float32[C]
 * @param bias float32[C]
 * @param eps added to the variance
 * @returns float32[B, C, H, W]
 * @throws SHAPE_MISMATCH
 */
export function layerNorm2d(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  const fits = x.rank === 4 && weight.size === x.shape[1] && bias.size === x.shape[1];
  mustFit(fits, 'layerNorm2d', 'x is [B, C, H, W], weight and bias [C]', describeShapes(x, weight, bias));
  return transpose(layerNorm(transpose(x, [0, 2, 3, 1]), weight, bias, eps), [0, 3, 1, 2]);
}
