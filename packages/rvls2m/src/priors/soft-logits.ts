import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { regionLogits, regionRange } from '../maps/region-map.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { inputSimilarity } from '../similarity.js';
import { tauOption, tokenSideOption } from './prior-options.js';
import { maskPromptOf, similarityArray } from './prompt-arrays.js';
import { tauOfVariant } from './variants.js';

export const softLogitsOptionsSchema = z.strictObject({
  tau: tauOption,
  /** Logits over the whole range. @source docs/adr/0023: 8 maps it onto -4 to 4 where tau is one half */
  sharpness: z
    .number()
    .positive()
    .max(1000)
    .default(2 * PROMPT_LOGIT),
  tokenSide: tokenSideOption,
});

export type SoftLogitsOptions = z.output<typeof softLogitsOptionsSchema>;

/**
 * The similarity map itself as logits of an earlier mask, as SAM was trained to read them: no hard selection.
 * - `mask` float32[1,1,S,S]; model frame; logits sharpness * (n - tau), n the map scaled to 0..1 inside the image, held
 *   between -4 and 4; -4 in the padding
 * Bilinear, half-pixel. A constant map gives no region (-4 everywhere). Higher variants shift tau.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source segment-anything, mask prompts are low-resolution logits of an earlier mask; Sim4Seg for the map
 */
export function createSoftLogits(options: SoftLogitsOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      return {
        prompts: maskPromptOf(softMask(similarity, input, options), input),
        similarity: similarityArray(similarity, input),
        cells: null,
      };
    },
  };
}

function softMask(
  similarity: Float32Array,
  input: RegionPriorInput,
  { tau, sharpness }: SoftLogitsOptions,
): Float32Array {
  const { low, high } = regionRange(similarity, input);
  if (isConstant(low, high)) return new Float32Array(input.promptSide ** 2).fill(-PROMPT_LOGIT);
  const gain = sharpness / (high - low);
  const centre = low + tauOfVariant(tau, input.variant) * (high - low);
  return regionLogits(
    similarity.map((value) => gain * (value - centre)),
    input,
    'clamp',
  );
}
