import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { addVotes } from '../kernels/add-votes.js';
import { simdKernel } from '../kernels/simd-kernel.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { markTopCells } from '../select-cells.js';
import { inputSimilarity } from '../similarity.js';
import { measureCells, paintFrameCells } from './frame-cells.js';
import { tokenSideOption } from './prior-options.js';
import { maskPromptOf, similarityArray } from './prompt-arrays.js';
import { shareOfVariant } from './variants.js';

export const multiGridOptionsSchema = z.strictObject({
  /** Cells a side of each grid. @source 16 is that of the official code; 8, 32 and 64 halve and double it */
  grids: z.array(z.number().int().min(2).max(256)).min(1).max(8).default([8, 16, 32, 64]),
  /** Share of a grid's cells that it keeps. @source Sim4Seg, official code: 36 of 16 x 16 */
  share: z
    .number()
    .gt(0)
    .max(1)
    .default(36 / 256),
  /** `mean` gives logits by how many grids agree; `majority` +4 where more than half of them do. */
  fuse: z.enum(['mean', 'majority']).default('mean'),
  tokenSide: tokenSideOption,
});

export type MultiGridOptions = z.output<typeof multiGridOptionsSchema>;

/**
 * The highest cells of several grids, fused: coarse grids find the place, fine ones its form.
 * - `mask` float32[1,1,S,S]; model frame; logits 4 * (2 v - 1), v the share of grids that chose the place
 * The finest grid decides where a border lies. A constant similarity chooses nothing (-4 everywhere). Higher variants
 * scale the share.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source RVLS2M of the official code on several grids
 */
export function createMultiGrid(options: MultiGridOptions): RegionPrior {
  const finest = Math.max(...options.grids);
  const logits = Float32Array.from({ length: options.grids.length + 1 }, (_, votes) =>
    logitOf(votes / options.grids.length, options.fuse),
  );
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      const votes = countVotes(similarity, input, { ...options, finest });
      return {
        prompts: maskPromptOf(paintFrameCells(votes, input, { gridCells: finest, values: logits }), input),
        similarity: similarityArray(similarity, input),
        cells: null,
      };
    },
  };
}

/** Cells that a grid of this side keeps; at least one. */
export function keptCells(gridCells: number, share: number): number {
  return Math.max(1, Math.round(share * gridCells * gridCells));
}

function logitOf(vote: number, fuse: MultiGridOptions['fuse']): number {
  if (fuse === 'majority') return vote > 0.5 ? PROMPT_LOGIT : -PROMPT_LOGIT;
  return PROMPT_LOGIT * (2 * vote - 1);
}

/** uint8[finest*finest]; how many grids chose each cell. */
function countVotes(
  similarity: Float32Array,
  input: RegionPriorInput,
  { grids, share, finest }: MultiGridOptions & { readonly finest: number },
): Uint8Array<ArrayBuffer> {
  const kept = Math.min(1, share * shareOfVariant(input.variant));
  let votes: Uint8Array<ArrayBuffer> | null = null;
  for (const gridCells of [...grids].sort((a, b) => b - a)) {
    const cells = measureCells(similarity, input, gridCells);
    if (isConstant(cells.low, cells.high)) continue;
    const marks = markTopCells(cells, keptCells(gridCells, kept));
    if (votes === null && gridCells === finest) votes = marks;
    else addVotes((votes ??= new Uint8Array(finest * finest)), marks, { gridCells, finest, kernel: simdKernel() });
  }
  return votes ?? new Uint8Array(finest * finest);
}
