import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { regionLogits, regionRange } from '../maps/region-map.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { inputSimilarity } from '../similarity.js';
import { tauOption, tokenSideOption } from './prior-options.js';
import { maskPromptOf, similarityArray } from './prompt-arrays.js';
import { tauOfVariant } from './variants.js';

export const thresholdOptionsSchema = z.strictObject({ tau: tauOption, tokenSide: tokenSideOption });

export type ThresholdOptions = z.output<typeof thresholdOptionsSchema>;

/**
 * RVLS2M as in the paper's text: the similarity map, min-max normalised and interpolated, cut at tau.
 * - `mask` float32[1,1,S,S]; model frame; logits +4 at and above tau, -4 below and in the padding
 * Bilinear, half-pixel. The range is that of the interpolated map inside the image; a constant map gives no region.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source Sim4Seg (arXiv 2511.06665), text of RVLS2M
 */
export function createThreshold({ tau }: ThresholdOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      return {
        prompts: maskPromptOf(cutMask(similarity, input, tauOfVariant(tau, input.variant)), input),
        similarity: similarityArray(similarity, input),
        cells: null,
      };
    },
  };
}

function cutMask(similarity: Float32Array, input: RegionPriorInput, tau: number): Float32Array {
  const { low, high } = regionRange(similarity, input);
  if (isConstant(low, high)) return new Float32Array(input.promptSide ** 2).fill(-PROMPT_LOGIT);
  const limit = low + tau * (high - low);
  return regionLogits(
    similarity.map((value) => value - limit),
    input,
    'cut',
  );
}
