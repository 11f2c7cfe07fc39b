import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { contentMap } from '../maps/content-map.js';
import { boundingBox } from '../maps/grow-region.js';
import { inputSimilarity } from '../similarity.js';
import { densePromptOption, tauOption } from './prior-options.js';
import { densePromptOf, similarityArray } from './prompt-arrays.js';
import { tauOfVariant } from './variants.js';

export const boxOptionsSchema = z.strictObject({
  /** Share of the range from which on a token belongs to the region. @source Sim4Seg, text: tau */
  tau: tauOption,
  /** The region of the highest token alone, or all tokens. @source docs/region-priors/box.md */
  extent: z.enum(['peak', 'all']).default('peak'),
  /** What is added at each side, as a share of the box's own. @source MedSAM: boxes are jittered by up to a tenth */
  margin: z.number().min(0).max(1).default(0.1),
  densePrompt: densePromptOption,
});

export type BoxOptions = z.output<typeof boxOptionsSchema>;

/**
 * The box around the region where the similarity is high, instead of a mask.
 * - `boxes` float32[1,4]; (x0, y0, x1, y1); model frame; px; inside the image
 * - `mask` float32[1,1,S,S]; logits, all 0; left out with densePrompt 'absent'
 * A constant similarity gives the box of the whole image, which says nothing about where. Higher variants shift tau.
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source segment-anything, box prompts; MedSAM (arXiv 2304.12306) prompts with boxes alone
 */
export function createBox(options: BoxOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      const box = boxOf(similarity, input, { ...options, tau: tauOfVariant(options.tau, input.variant) });
      return {
        prompts: { boxes: { data: box, shape: [1, 4] }, ...densePromptOf(options.densePrompt, input) },
        similarity: similarityArray(similarity, input),
        cells: null,
      };
    },
  };
}

function boxOf(similarity: Float32Array, input: RegionPriorInput, { tau, extent, margin }: BoxOptions): Float32Array {
  const { sidePx, contentWidthPx, contentHeightPx } = input.frame;
  const map = contentMap(similarity, input);
  if (!map) return Float32Array.of(0, 0, contentWidthPx, contentHeightPx);
  const { left, top, right, bottom } = boundingBox(map, tau, extent);
  const [x0, x1] = spread(left, right, { margin, stepPx: sidePx / input.tokenColumns, lengthPx: contentWidthPx });
  const [y0, y1] = spread(top, bottom, { margin, stepPx: sidePx / input.tokenRows, lengthPx: contentHeightPx });
  return Float32Array.of(x0, y0, x1, y1);
}

/** Both edges along an axis in px, moved apart by the margin and kept inside the image. */
function spread(
  from: number,
  to: number,
  { margin, stepPx, lengthPx }: { readonly margin: number; readonly stepPx: number; readonly lengthPx: number },
): [low: number, high: number] {
  const added = (to - from) * margin;
  const inside = (tokens: number): number => Math.min(lengthPx, Math.max(0, tokens * stepPx));
  return [inside(from - added), inside(to + added)];
}
