import { ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { cellsFrom, measureCellTensors, paintCellTensor } from './cell-tensors.js';
import type { CellSizes } from './cell-tensors.js';
import { sinkForbidden } from './frame-mask.js';
import { priorProgram } from './prior-program.js';

export interface TopCellsSizes extends CellSizes {
  readonly topN: number;
}

/**
 * The graph form of `topCells`, as {@link priorProgram} describes it.
 * @deviation from the plain code: of cells with equal means at the limit all are chosen, not the first ones
 */
export function topCellsProgram(sizes: TopCellsSizes): Program {
  return priorProgram('topCells', sizes.tokenSide, (similarity, contentMask) =>
    paintCellTensor(topCellTensor(similarity, contentMask, sizes), sizes),
  );
}

/** float32[n,G*G], 1 in the highest cells of the image. */
export function topCellTensor(similarity: Tensor, contentMask: Tensor, sizes: TopCellsSizes): Tensor {
  const rows = similarity.shape[0] ?? 1;
  const count = Math.min(sizes.topN, sizes.gridCells ** 2);
  const cells = measureCellTensors(similarity, contentMask, sizes);
  const { values } = ops.topK(sinkForbidden(cells.means, cells.allowed), count);
  return cellsFrom(ops.slice(values, [0, count - 1], [rows, 1]), cells);
}
