import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { bilinearOperator, nearestOperator } from '../axis/axis-operator.js';
import { variesBeyondRounding } from './cell-tensors.js';
import { allowedRange, applySquare } from './frame-mask.js';
import { promptSideOf } from './prior-sizes.js';

/** Interpolated similarity maps of a batch; S = 4 * tokenSide. */
export interface MapTensors {
  /** float32[n,S*S]. */
  readonly map: Tensor;
  /** bool[n,S*S]; samples in the image. */
  readonly allowed: Tensor;
  /** float32[n,1]; range in the image. */
  readonly low: Tensor;
  readonly range: Tensor;
  /** float32[n,1]; 0 where nothing stands out. */
  readonly varies: Tensor;
}

/** Interpolates similarity float32[n,T] bilinearly to the prompt mask's samples. */
export function mapTensors(similarity: Tensor, contentMask: Tensor, tokenSide: number): MapTensors {
  const rows = similarity.shape[0] ?? 1;
  const side = promptSideOf(tokenSide);
  const onGrid = (x: Tensor): Tensor => ops.reshape(x, [rows, tokenSide, tokenSide]);
  const flat = (x: Tensor): Tensor => ops.reshape(x, [rows, side * side]);
  const map = flat(applySquare(onGrid(similarity), bilinearOperator(tokenSide, side)));
  const inside = flat(applySquare(onGrid(contentMask), nearestOperator(tokenSide, side)));
  const allowed = ops.greater(inside, ops.scalar(0.5));
  const { low, high } = allowedRange(map, allowed);
  return { map, allowed, low, range: ops.sub(high, low), varies: variesBeyondRounding({ low, high }) };
}
