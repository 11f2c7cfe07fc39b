import type { RegionPrior } from '@sim4seg/core';
import { z } from 'zod';
import { similarityOf } from '../similarity.js';

export const noPriorOptionsSchema = z.strictObject({
  /** Side of the token grid that the graph form for training is built for; plain code takes any. */
  tokenSide: z.number().int().positive().default(16),
});

/**
 * No region prior: the mask says "undecided" everywhere.
 * - `mask` float32[1,1,S,S]; model frame; logits, all 0 (probability one half): the declared empty value
 * The similarity is still given where the LVLM has what it takes, as evidence.
 */
export function createNoPrior(): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: false },
    promptsFor: ({ imageTokens, segEmbedding, tokenRows, tokenColumns, promptSide }) => ({
      prompts: { mask: { data: new Float32Array(promptSide * promptSide), shape: [1, 1, promptSide, promptSide] } },
      similarity:
        imageTokens && segEmbedding
          ? { data: similarityOf(imageTokens.data, segEmbedding), shape: [tokenRows, tokenColumns] }
          : null,
      cells: null,
    }),
  };
}
