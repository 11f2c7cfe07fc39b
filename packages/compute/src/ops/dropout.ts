import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import { mul } from './arithmetic.js';
import { cast } from './cast.js';

/**
 * x where `kept` says, over the share that is kept, and 0 elsewhere. Chance is an input: the caller draws `kept` for
 * each run, because a draw inside a compiled program would be the same in every run. At inference leave the call out.
 * @param x float32[...]
 * @param kept bool of the same shape, true with probability 1 - rate
 * @param rate share that is dropped, from 0 to below 1
 * @returns float32 of that shape
 * @throws SHAPE_MISMATCH
 */
export function dropout(x: Tensor, kept: Tensor, rate: number): Tensor {
  const fits = sameShape(x.shape, kept.shape) && rate >= 0 && rate < 1;
  mustFit(fits, 'dropout', 'kept has the shape of x, and the rate is from 0 to below 1', describeShapes(x, kept));
  return mul(mul(x, cast(cast(kept, 'bool'), 'float32')), 1 / (1 - rate));
}
