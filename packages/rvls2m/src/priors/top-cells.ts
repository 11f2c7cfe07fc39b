import type { RegionPrior } from '@sim4seg/core';
import { z } from 'zod';
import { officialPrompts } from '../official/official-prompts.js';
import { inputSimilarity } from '../similarity.js';
import { cellsOutput, chooseCells } from './frame-cells.js';
import { gridCellsOption, tokenSideOption } from './prior-options.js';
import { topNOfVariant } from './variants.js';

export const topCellsOptionsSchema = z.strictObject({
  gridCells: gridCellsOption,
  /** Cells that are kept, an absolute number. @source Sim4Seg, official code: 36 */
  topN: z.number().int().min(1).default(36),
  /** 'official' reproduces the reference with its defects. */
  compat: z.enum(['corrected', 'official']).default('corrected'),
  tokenSide: tokenSideOption,
});

export type TopCellsOptions = z.output<typeof topCellsOptionsSchema>;

/**
 * RVLS2M as in the official code: similarity, means over a grid of cells, the highest cells as a prompt mask.
 * - `mask` float32[1,1,S,S]; model frame; logits +4 in chosen cells, -4 elsewhere ('official': 1 and 0)
 * A constant similarity chooses no cell. Cells in the padding are never chosen.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source Sim4Seg (arXiv 2511.06665), RVLS2M; official code, 16 x 16 cells, 36 highest
 * @deviation docs/adr/0020 to 0023, unless compat is 'official'
 */
export function createTopCells({ gridCells, topN, compat }: TopCellsOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const count = topNOfVariant(topN, input.variant);
      const similarity = inputSimilarity(input);
      if (compat === 'official') return officialPrompts(similarity, input, { gridCells, topN: count });
      return cellsOutput(similarity, input, {
        chosen: chooseCells(similarity, input, { gridCells, topN: count }),
        gridCells,
      });
    },
  };
}
