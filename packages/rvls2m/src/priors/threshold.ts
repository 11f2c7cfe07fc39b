import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { z } from 'zod';
import { applyOperators } from '../axis/apply-operators.js';
import { bilinearOperator, toBanded } from '../axis/axis-operator.js';
import { createCache } from '../axis/operator-cache.js';
import type { MapOperator } from '../axis/apply-operators.js';
import { contentSamples, contentTokens } from '../content.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { inputSimilarity } from '../similarity.js';

export const thresholdOptionsSchema = z.strictObject({
  /** Share of the range between the lowest and the highest similarity. @source Sim4Seg, text: tau */
  tau: z.number().gt(0).lt(1).default(0.5),
  /** Side of the token grid that the graph form for training is built for; plain code takes any. */
  tokenSide: z.number().int().positive().default(16),
});

export type ThresholdOptions = z.output<typeof thresholdOptionsSchema>;

/** What each variant adds to tau; 0 is the configured prior. */
const VARIANT_STEPS = [0, -0.1, 0.1, -0.2, 0.2, -0.3, 0.3] as const;

/** The threshold of a variant, inside 0.05..0.95. */
export function tauOfVariant(tau: number, variant: number): number {
  return Math.min(0.95, Math.max(0.05, tau + (VARIANT_STEPS[variant % VARIANT_STEPS.length] ?? 0)));
}

const cached = createCache<MapOperator>(16);

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
      const { tokenRows, tokenColumns, promptSide } = input;
      const similarity = inputSimilarity(input);
      const mask = cutMask(similarity, input, tauOfVariant(tau, input.variant));
      return {
        prompts: { mask: { data: mask, shape: [1, 1, promptSide, promptSide] } },
        similarity: { data: similarity, shape: [tokenRows, tokenColumns] },
        cells: null,
      };
    },
  };
}

function cutMask(similarity: Float32Array, input: RegionPriorInput, tau: number): Float32Array {
  const { tokenRows, tokenColumns, promptSide: side, frame } = input;
  const operator = cached(`${tokenRows} ${tokenColumns} ${side}`, () => ({
    rows: toBanded(bilinearOperator(tokenRows, side)),
    columns: toBanded(bilinearOperator(tokenColumns, side)),
  }));
  const map = applyOperators(similarity, operator);
  const content = contentTokens(frame, { tokenRows, tokenColumns });
  const rows = contentSamples(side, { tokens: tokenRows, content: content.rows });
  const columns = contentSamples(side, { tokens: tokenColumns, content: content.columns });
  const { low, high } = rangeWithin(map, { side, rows, columns });
  const mask = new Float32Array(side * side).fill(-PROMPT_LOGIT);
  if (isConstant(low, high)) return mask;
  const limit = low + tau * (high - low);
  for (let y = 0; y < rows; y++) {
    for (let i = y * side; i < y * side + columns; i++) if ((map[i] as number) >= limit) mask[i] = PROMPT_LOGIT;
  }
  return mask;
}

function rangeWithin(
  map: Float32Array,
  { side, rows, columns }: { readonly side: number; readonly rows: number; readonly columns: number },
): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (let y = 0; y < rows; y++) {
    for (let i = y * side; i < y * side + columns; i++) {
      const value = map[i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}
