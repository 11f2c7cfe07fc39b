import { ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { cellsFrom, measureCellTensors, paintCellTensor } from './cell-tensors.js';
import type { CellSizes, CellTensors } from './cell-tensors.js';
import { sinkForbidden } from './frame-mask.js';
import { priorProgram } from './prior-program.js';

export interface AdaptiveSizes extends CellSizes {
  readonly minShare: number;
  readonly maxShare: number;
}

/**
 * The graph form of `adaptive`, as {@link priorProgram} describes it.
 * @deviation from the plain code: of cells with equal means at the limit all are chosen, not the first ones
 */
export function adaptiveProgram(sizes: AdaptiveSizes): Program {
  return priorProgram('adaptive', sizes.tokenSide, (similarity, contentMask) => {
    const cells = measureCellTensors(similarity, contentMask, sizes);
    return paintCellTensor(cellsFrom(limitOf(cells, sizes), cells), sizes);
  });
}

/** float32[n,1]; the mean of the last cell that is kept. */
function limitOf({ means, allowed }: CellTensors, sizes: AdaptiveSizes): Tensor {
  const [rows = 1, cells = 1] = means.shape;
  const { values } = ops.topK(sinkForbidden(means, allowed), cells);
  const count = ops.sum(ops.cast(allowed, 'float32'), [1], true);
  const kept = heldTensor(otsuTensor(values, count), count, sizes);
  const isLast = ops.equal(placesOf(cells), kept);
  return ops.sum(ops.where(isLast, values, ops.zeros([rows, cells])), [1], true);
}

/** The number of the upper group, float32[n,1], of falling values float32[n,C] of which the first `count` count. */
function otsuTensor(values: Tensor, count: Tensor): Tensor {
  const [rows = 1, cells = 1] = values.shape;
  const places = placesOf(cells);
  const isCell = ops.logicalNot(ops.greater(places, count));
  const zeros = ops.zeros([rows, cells]);
  const mean = ops.div(ops.sum(ops.where(isCell, values, zeros), [1], true), count);
  const above = ops.cumsum(ops.where(isCell, ops.sub(values, mean), zeros), 1);
  const below = ops.maximum(ops.sub(count, places), ops.scalar(1));
  const between = ops.div(ops.square(above), ops.mul(places, below));
  const last = ops.slice(values, [0, cells - 1], [rows, 1]);
  const next = ops.concat([ops.slice(values, [0, 1], [rows, cells - 1]), last], 1);
  const isCut = ops.logicalAnd(ops.less(places, count), ops.logicalNot(ops.equal(values, next)));
  const scored = ops.where(isCut, between, ops.fill([rows, cells], -1));
  const isBest = ops.greaterEqual(scored, ops.max(scored, [1], true));
  return ops.min(ops.where(isBest, ops.broadcastTo(places, [rows, cells]), ops.fill([rows, cells], cells)), [1], true);
}

/** float32[1,C]; 1, 2, 3, ... */
function placesOf(cells: number): Tensor {
  return ops.tensor(
    Float32Array.from({ length: cells }, (_, i) => i + 1),
    [1, cells],
  );
}

/** Counts held between both shares of the image's cells, rounded, at least 1. */
function heldTensor(kept: Tensor, count: Tensor, { minShare, maxShare }: AdaptiveSizes): Tensor {
  const least = ops.maximum(ops.mul(count, ops.scalar(minShare)), kept);
  const held = ops.minimum(ops.mul(count, ops.scalar(maxShare)), least);
  return ops.maximum(ops.floor(ops.add(held, ops.scalar(0.5))), ops.scalar(1));
}
