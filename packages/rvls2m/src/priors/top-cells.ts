import type { RegionPrior, RegionPriorInput, RegionPriorOutput } from '@sim4seg/core';
import { z } from 'zod';
import { officialPrompts } from '../official/official-prompts.js';
import { inputSimilarity } from '../similarity.js';
import { chooseCells, paintFrameCells } from './frame-cells.js';

export const topCellsOptionsSchema = z.strictObject({
  /** Cells a side. @source Sim4Seg: 16 */
  gridCells: z.number().int().min(2).max(256).default(16),
  /** Cells that are kept, an absolute number. @source Sim4Seg: 36 */
  topN: z.number().int().min(1).default(36),
  /** 'official' reproduces the reference with its defects. */
  compat: z.enum(['corrected', 'official']).default('corrected'),
  /** Side of the token grid that the graph form for training is built for; plain code takes any. */
  tokenSide: z.number().int().positive().default(16),
});

export type TopCellsOptions = z.output<typeof topCellsOptionsSchema>;

/** Share of topN that each variant keeps; 0 is the configured prior. */
const VARIANT_SHARES = [1, 2 / 3, 4 / 3, 1 / 2, 2, 1 / 3, 3] as const;

/** The cells that a variant keeps. */
export function topNOfVariant(topN: number, variant: number): number {
  return Math.max(1, Math.round(topN * (VARIANT_SHARES[variant % VARIANT_SHARES.length] ?? 1)));
}

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
      const chosen = chooseCells(similarity, input, { gridCells, topN: count });
      return toOutput(similarity, input, { chosen, gridCells });
    },
  };
}

function toOutput(
  similarity: Float32Array,
  input: RegionPriorInput,
  { chosen, gridCells }: { readonly chosen: readonly number[]; readonly gridCells: number },
): RegionPriorOutput {
  const { promptSide, tokenRows, tokenColumns } = input;
  return {
    prompts: { mask: { data: paintFrameCells(chosen, input, gridCells), shape: [1, 1, promptSide, promptSide] } },
    similarity: { data: similarity, shape: [tokenRows, tokenColumns] },
    cells: { gridCells, chosen, over: 'frame' },
  };
}
