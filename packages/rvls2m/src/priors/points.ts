import type { RegionPrior, RegionPriorInput, RegionPrompts } from '@sim4seg/core';
import { z } from 'zod';
import { contentMap } from '../maps/content-map.js';
import { spacedPeaks } from '../maps/spaced-peaks.js';
import type { PeakChoice } from '../maps/spaced-peaks.js';
import { inputSimilarity } from '../similarity.js';
import { densePromptOption, tauOption } from './prior-options.js';
import { densePromptOf, similarityArray } from './prompt-arrays.js';

/** Most points beside one seg embedding in a prompt of eight tokens. @source docs/adr/0025 */
const MOST_POINTS = 7;

export const pointsOptionsSchema = z
  .strictObject({
    /** Points on the highest similarities. @source segment-anything: one click gives a mask, a few make it sure */
    positives: z.number().int().min(1).max(MOST_POINTS).default(3),
    /** Points on the lowest similarities. @source segment-anything: background clicks */
    negatives: z.number().int().min(0).max(MOST_POINTS).default(2),
    /** Least distance of two points of one kind along an axis, in tokens. @source docs/region-priors/points.md */
    spacing: z.number().int().min(1).max(64).default(3),
    /** Positive points lie at or above this share of the range, negative ones below it. @source Sim4Seg, text: tau */
    tau: tauOption,
    densePrompt: densePromptOption,
  })
  .refine(({ positives, negatives }) => positives + negatives <= MOST_POINTS, {
    error: `positives and negatives are at most ${MOST_POINTS} together`,
    path: ['negatives'],
  });

export type PointsOptions = z.output<typeof pointsOptionsSchema>;

/** SAM's labels. */
const POSITIVE = 1;
const NEGATIVE = 0;
const NO_POINT = -1;

/**
 * Points on the peaks and in the valleys of the similarity map, instead of a mask.
 * - `points` float32[1,P,2], `pointLabels` int32[1,P]; P = positives + negatives always, filled up with label -1;
 *   (x, y); model frame; px; centres of tokens of the image
 * - `mask` float32[1,1,S,S]; logits, all 0; left out with densePrompt 'absent'
 * A constant similarity gives no point (all labels -1).
 * @throws WIRING, SHAPE_MISMATCH, NOT_FINITE
 * @source segment-anything, point prompts; from a similarity map as in PerSAM (arXiv 2305.03048), section 3.1
 */
export function createPoints(options: PointsOptions): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      const similarity = inputSimilarity(input);
      return {
        prompts: { ...pointPrompts(similarity, input, options), ...densePromptOf(options.densePrompt, input) },
        similarity: similarityArray(similarity, input),
        cells: null,
      };
    },
  };
}

function pointPrompts(similarity: Float32Array, input: RegionPriorInput, options: PointsOptions): RegionPrompts {
  const count = options.positives + options.negatives;
  const points = new Float32Array(2 * count);
  const labels = new Int32Array(count).fill(NO_POINT);
  const map = contentMap(similarity, input);
  if (map) {
    const { high, low } = choicesOf(options, input.variant);
    const place = (tokens: readonly number[], label: number, from: number): void =>
      tokens.forEach((token, i) => {
        labels[from + i] = label;
        points[2 * (from + i)] = centreOf(token % map.columns, input.frame.sidePx / input.tokenColumns);
        points[2 * (from + i) + 1] = centreOf(Math.floor(token / map.columns), input.frame.sidePx / input.tokenRows);
      });
    place(spacedPeaks(map, high), POSITIVE, 0);
    place(spacedPeaks(map, low), NEGATIVE, options.positives);
  }
  return { points: { data: points, shape: [1, count, 2] }, pointLabels: { data: labels, shape: [1, count] } };
}

/** Coordinates count from the centre of the first pixel, to which SAM adds one half. */
function centreOf(index: number, stepPx: number): number {
  return (index + 0.5) * stepPx - 0.5;
}

/** Variants: the configured points, the peak alone, no negative ones, points further apart, and both again. */
function choicesOf(
  { positives, negatives, spacing, tau }: PointsOptions,
  variant: number,
): { readonly high: PeakChoice; readonly low: PeakChoice } {
  const apart = spacing + Math.floor(variant / 3);
  const kept = variant % 3;
  const shared = { spacing: apart, limit: tau } as const;
  return {
    high: { ...shared, side: 'high', count: kept === 1 ? 1 : positives },
    low: { ...shared, side: 'low', count: kept === 2 ? 0 : negatives },
  };
}
