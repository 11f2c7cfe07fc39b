import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { cellMeanOperator, nearestOperator } from '../axis/axis-operator.js';
import { CONSTANT_SHARE, PROMPT_LOGIT } from '../prompt-logits.js';
import { allowedRange, applySquare } from './frame-mask.js';
import { promptSideOf } from './prior-sizes.js';

export interface CellSizes {
  readonly gridCells: number;
  readonly tokenSide: number;
}

/** Cells of a batch of similarity maps; all [n,G*G] but `varies`. */
export interface CellTensors {
  readonly means: Tensor;
  /** bool; cells in the image. */
  readonly allowed: Tensor;
  /** float32[n,1]; 0 where no cell stands out. */
  readonly varies: Tensor;
}

/** Means over cells of similarity float32[n,T] in the image that `contentMask` float32[n,T] shows. */
export function measureCellTensors(
  similarity: Tensor,
  contentMask: Tensor,
  { gridCells, tokenSide }: CellSizes,
): CellTensors {
  const rows = similarity.shape[0] ?? 1;
  const cells = gridCells * gridCells;
  const onGrid = (x: Tensor): Tensor => ops.reshape(x, [rows, tokenSide, tokenSide]);
  const means = ops.reshape(applySquare(onGrid(similarity), cellMeanOperator(tokenSide, gridCells)), [rows, cells]);
  const inside = applySquare(onGrid(contentMask), nearestOperator(tokenSide, gridCells));
  const allowed = ops.greater(ops.reshape(inside, [rows, cells]), ops.scalar(0.5));
  return { means, allowed, varies: variesBeyondRounding(allowedRange(means, allowed)) };
}

/** float32[n,1]; 1 where the range is more than rounding. */
export function variesBeyondRounding({ low, high }: { readonly low: Tensor; readonly high: Tensor }): Tensor {
  const largest = ops.maximum(ops.abs(low), ops.abs(high));
  return ops.cast(ops.greater(ops.sub(high, low), ops.mul(largest, ops.scalar(CONSTANT_SHARE))), 'float32');
}

/** float32[n,G*G]; 1 where cells in the image reach `limit` float32[n,1]; all 0 where nothing stands out. */
export function cellsFrom(limit: Tensor, { means, allowed, varies }: CellTensors): Tensor {
  return ops.mul(ops.cast(ops.logicalAnd(ops.greaterEqual(means, limit), allowed), 'float32'), varies);
}

/** Shares 0..1 of cells float32[n,G*G] to logits float32[n,1,S,S]. */
export function paintCellTensor(shares: Tensor, { gridCells, tokenSide }: CellSizes): Tensor {
  const rows = shares.shape[0] ?? 1;
  const side = promptSideOf(tokenSide);
  const map = applySquare(ops.reshape(shares, [rows, gridCells, gridCells]), nearestOperator(gridCells, side));
  const logits = ops.sub(ops.mul(map, ops.scalar(2 * PROMPT_LOGIT)), ops.scalar(PROMPT_LOGIT));
  return ops.reshape(logits, [rows, 1, side, side]);
}
