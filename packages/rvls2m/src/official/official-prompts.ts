import { Sim4SegError, applyTaps } from '@sim4seg/core';
import type { AxisTaps, RegionPriorInput, RegionPriorOutput, Size } from '@sim4seg/core';
import { createCache } from '../axis/operator-cache.js';
import { selectTopCells } from '../select-cells.js';
import { officialCellTaps, officialMapOperator } from './official-operator.js';

/** The reference paints its cells over a square of this side, whatever the image's shape. @source Sim4Seg */
const OFFICIAL_PROMPT_SIDE = 256;

const cached = createCache<{ readonly rows: AxisTaps; readonly columns: AxisTaps }>(64);

/**
 * Min-max normalisation over the tokens: float32[T] to float32[T] in 0..1.
 * A constant similarity becomes 0 everywhere.
 * @source Sim4Seg RVLS2M
 * @deviation the reference divides by zero on a constant similarity (docs/adr/0022)
 */
export function normaliseSimilarity(similarity: Float32Array): Float32Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of similarity) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? similarity.map((value) => (value - low) / (high - low)) : new Float32Array(similarity.length);
}

/**
 * Means of the normalised map over the reference's cells.
 * - `normalised` float32[side,side]; `image` original frame; returns float32[gridCells,gridCells]
 * @throws USAGE when the image has fewer pixels than cells
 */
export function officialCellMeans(normalised: Float32Array, image: Size, gridCells: number): Float32Array {
  const side = Math.round(Math.sqrt(normalised.length));
  if (Math.min(image.widthPx, image.heightPx) < gridCells) {
    throw new Sim4SegError('USAGE', {
      must: 'each cell of the grid has at least one pixel of the image',
      got: `${image.widthPx} x ${image.heightPx} pixels for ${gridCells} cells a side`,
      fix: 'lower regionPrior.gridCells, or use compat corrected',
    });
  }
  const { rows, columns } = cached(`${side} ${image.widthPx} ${image.heightPx} ${gridCells}`, () => {
    const map = officialMapOperator(side, image);
    return { rows: officialCellTaps(map.rows, gridCells), columns: officialCellTaps(map.columns, gridCells) };
  });
  return applyTaps({ data: normalised, widthPx: side, heightPx: side }, rows, columns).data;
}

/** The cells that the reference keeps, best first; equal means keep row-major order. */
export function officialCells(means: Float32Array, topN: number): number[] {
  return selectTopCells(means, Int32Array.from(means.keys()), topN);
}

/** float32[side,side]; 1 in chosen cells, 0 elsewhere; cells of side / gridCells samples, truncated. */
export function officialPromptMask(
  chosen: readonly number[],
  gridCells: number,
  side = OFFICIAL_PROMPT_SIDE,
): Float32Array {
  const size = Math.floor(side / gridCells);
  const mask = new Float32Array(side * side);
  for (const cell of chosen) {
    const [top, left] = [Math.floor(cell / gridCells) * size, (cell % gridCells) * size];
    for (let y = top; y < top + size; y++) mask.fill(1, y * side + left, y * side + left + size);
  }
  return mask;
}

/**
 * The reference's prompts with its defects: border pixels in no cell, cells stretched over the padded square, 0 and 1
 * instead of logits.
 * - `mask` float32[1,1,S,S]; 0 or 1
 */
export function officialPrompts(
  similarity: Float32Array,
  input: RegionPriorInput,
  { gridCells, topN }: { readonly gridCells: number; readonly topN: number },
): RegionPriorOutput {
  const { frame, promptSide, tokenRows, tokenColumns } = input;
  const image = { widthPx: frame.originalWidthPx, heightPx: frame.originalHeightPx };
  const chosen = officialCells(officialCellMeans(normaliseSimilarity(similarity), image, gridCells), topN);
  const mask = officialPromptMask(chosen, gridCells, promptSide);
  return {
    prompts: { mask: { data: mask, shape: [1, 1, promptSide, promptSide] } },
    similarity: { data: similarity, shape: [tokenRows, tokenColumns] },
    cells: { gridCells, chosen, over: 'content' },
  };
}
