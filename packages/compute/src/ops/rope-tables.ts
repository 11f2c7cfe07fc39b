import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { mul } from './arithmetic.js';
import { cast } from './cast.js';
import { tensor } from './constants.js';
import { concat, expandDims } from './shape.js';
import { cos, sin } from './unary.js';

export interface RopeTableOptions {
  /** Width d of a head, even. */
  readonly width: number;
  /** Base of the frequencies base^(-2i/d); 10000 by default. */
  readonly base?: number;
  /** Factor on the positions: 0.5 lets a model reach twice the length it was trained on. 1 by default. */
  readonly positionScale?: number;
}

/**
 * Cosines and sines for {@link rope}: pair i at position p turns by p * positionScale * base^(-2i/d). Both halves of the
 * tables are equal.
 * @param positions int32[B or 1, T]; count of tokens before this one
 * @returns float32[B or 1, T, d] each
 * @throws SHAPE_MISMATCH
 */
export function ropeTables(
  positions: Tensor,
  { width, base = 10_000, positionScale = 1 }: RopeTableOptions,
): { readonly cos: Tensor; readonly sin: Tensor } {
  const half = width / 2;
  const fits = positions.rank === 2 && Number.isInteger(half);
  mustFit(fits, 'ropeTables', 'positions are [B, T] and the width is even', describeShapes(positions));
  const frequencies = Float32Array.from({ length: half }, (_, i) => positionScale * base ** (-i / half));
  const angles = mul(expandDims(cast(positions, 'float32'), 2), tensor(frequencies, [1, 1, half]));
  const twice = concat([angles, angles], 2);
  return { cos: cos(twice), sin: sin(twice) };
}
