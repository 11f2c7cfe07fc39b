import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { isConstant } from '../prompt-logits.js';
import { pickCells, selectTopCells } from '../select-cells.js';
import { inputSimilarity } from '../similarity.js';
import { cellsOutput, measureCells } from './frame-cells.js';
import { otsuCount } from './otsu-count.js';
import { gridCellsOption, tokenSideOption } from './prior-options.js';
import { shareOfVariant } from './variants.js';

export const adaptiveOptionsSchema = z
  .strictObject({
    gridCells: gridCellsOption,
    /** Least share of the image's cells. @source docs/region-priors/adaptive.md */
    minShare: z.number().min(0).max(1).default(0.01),
    /** Largest share of the image's cells. @source docs/region-priors/adaptive.md */
    maxShare: z.number().gt(0).max(1).default(0.5),
    tokenSide: tokenSideOption,
  })
  .refine(({ minShare, maxShare }) => minShare <= maxShare, {
    error: 'minShare must not be larger than maxShare',
    path: ['minShare'],
  });

export type AdaptiveOptions = z.output<typeof adaptiveOptionsSchema>;

/**
 * The highest cells of a grid, as many as Otsu's criterion puts into the upper group of cell means: large targets get a
 * large region, small ones a small one.
 * - `mask` float32[1,1,S,S]; model frame; logits +4 in chosen cells, -4 elsewhere
 * A constant similarity chooses no cell. Cells in the padding neither count nor are chosen. Higher variants scale the
 * number of cells.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source Otsu 1979 on the cell means of RVLS2M
 */
export function createAdaptive(options: AdaptiveOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      return cellsOutput(similarity, input, {
        chosen: chosenCells(similarity, input, options),
        gridCells: options.gridCells,
      });
    },
  };
}

function chosenCells(similarity: Float32Array, input: RegionPriorInput, options: AdaptiveOptions): number[] {
  const { means, allowed, low, high } = measureCells(similarity, input, options.gridCells);
  if (isConstant(low, high)) return [];
  const count = otsuCount(pickCells(means, allowed).slice());
  return selectTopCells(means, allowed, heldCount(count * shareOfVariant(input.variant), allowed.length, options));
}

/** A number of cells, held between the least and the largest share; at least one. */
function heldCount(
  count: number,
  cells: number,
  { minShare, maxShare }: Pick<AdaptiveOptions, 'minShare' | 'maxShare'>,
): number {
  return Math.max(1, Math.round(Math.min(maxShare * cells, Math.max(minShare * cells, count))));
}
