import type { RegionPrior } from '@sim4seg/core';
import { z } from 'zod';
import { similarityOf } from '../similarity.js';
import { tokenSideOption } from './prior-options.js';
import { maskPromptOf, similarityArray } from './prompt-arrays.js';

export const noPriorOptionsSchema = z.strictObject({ tokenSide: tokenSideOption });

/**
 * No region prior: the mask says "undecided" everywhere.
 * - `mask` float32[1,1,S,S]; model frame; logits, all 0 (probability one half): the declared empty value
 * The similarity is still given where the LVLM has what it takes, as evidence.
 */
export function createNoPrior(): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: false },
    promptsFor: (input) => ({
      prompts: maskPromptOf(new Float32Array(input.promptSide ** 2), input),
      similarity:
        input.imageTokens && input.segEmbedding
          ? similarityArray(similarityOf(input.imageTokens.data, input.segEmbedding), input)
          : null,
      cells: null,
    }),
  };
}
