import { ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { nearestOperator } from '../axis/axis-operator.js';
import { keptCells } from '../priors/multi-grid.js';
import { paintCellTensor } from './cell-tensors.js';
import { applySquare } from './frame-mask.js';
import { priorProgram } from './prior-program.js';
import { topCellTensor } from './top-cells-program.js';

export interface MultiGridSizes {
  readonly grids: readonly number[];
  readonly share: number;
  readonly fuse: 'mean' | 'majority';
  readonly tokenSide: number;
}

/**
 * The graph form of `multiGrid`, as {@link priorProgram} describes it.
 * @deviation from the plain code: of cells with equal means at the limit all are chosen, not the first ones
 */
export function multiGridProgram(sizes: MultiGridSizes): Program {
  const finest = Math.max(...sizes.grids);
  return priorProgram('multiGrid', sizes.tokenSide, (similarity, contentMask) => {
    const votes = sizes.grids
      .map((gridCells) => votesOf(similarity, contentMask, { gridCells, finest, sizes }))
      .reduce((sum, vote) => ops.add(sum, vote));
    return paintCellTensor(shareOf(votes, sizes), { gridCells: finest, tokenSide: sizes.tokenSide });
  });
}

/** float32[n,finest*finest]; 1 where this grid chose the place. */
function votesOf(
  similarity: Tensor,
  contentMask: Tensor,
  { gridCells, finest, sizes }: { readonly gridCells: number; readonly finest: number; readonly sizes: MultiGridSizes },
): Tensor {
  const rows = similarity.shape[0] ?? 1;
  const { share, tokenSide } = sizes;
  const chosen = topCellTensor(similarity, contentMask, { gridCells, topN: keptCells(gridCells, share), tokenSide });
  const onGrid = ops.reshape(chosen, [rows, gridCells, gridCells]);
  return ops.reshape(applySquare(onGrid, nearestOperator(gridCells, finest)), [rows, finest * finest]);
}

function shareOf(votes: Tensor, { grids, fuse }: MultiGridSizes): Tensor {
  if (fuse === 'mean') return ops.mul(votes, ops.scalar(1 / grids.length));
  return ops.cast(ops.greater(votes, ops.scalar(grids.length / 2)), 'float32');
}
