import { expectShape } from '@sim4seg/core';
import type { FloatArray, MaskBits, ModelFrame, RegionPriorOutput } from '@sim4seg/core';
import { contentMap } from '../maps/content-map.js';
import { measureRegion } from './prior-figures.js';
import type { PriorFigures } from './prior-figures.js';
import { promptMap } from './prompt-map.js';
import type { PromptMap } from './prompt-map.js';
import { targetSamples } from './target-samples.js';

/**
 * What is wrong with a region prior.
 * - `constant`: the similarity does not vary, so that nothing can be chosen
 * - `empty`: the prompts mark no place
 * - `everywhere`: they mark nearly the whole image, which says nothing about the place
 * - `edge-hugging`: most of the region lies at the edge of the image, where LVLMs put similarity that means nothing
 * - `off-target`: less of the region lies on the given mask than if it had been thrown at random
 */
export type PriorFailure = 'constant' | 'empty' | 'everywhere' | 'edge-hugging' | 'off-target';

export interface PriorAnalysis {
  /** The similarity of the image's tokens scaled to 0..1: float32[rows,columns]; null where it is constant or missing. */
  readonly normalised: FloatArray | null;
  /** Where the prompts say that the target is. */
  readonly region: PromptMap;
  readonly figures: PriorFigures;
  /** Share of the image that the given mask covers: the precision of a region thrown at random; null without a mask. */
  readonly targetShare: number | null;
  readonly failures: readonly PriorFailure[];
}

export interface AnalysisContext {
  readonly frame: ModelFrame;
  /** What should have been found; original frame. */
  readonly target?: MaskBits | undefined;
}

/** Samples a side where the prompts hold no mask. */
const DEFAULT_SIDE = 64;
/** Share of the image from which on a region says nothing. */
const EVERYWHERE = 0.9;
/** Share of a region in the outer tenth (36% of the image's area) from which on it hugs the edge. */
const HUGGING = 0.75;

/**
 * Looks at what a region prior answered: its maps, figures, and what is wrong with it, as data to be shown or recorded.
 * An empty target is never missed: nothing is off it.
 * @throws SHAPE_MISMATCH when the similarity has no two axes
 */
export function analysePrior(
  { prompts, similarity }: RegionPriorOutput,
  { frame, target }: AnalysisContext,
): PriorAnalysis {
  const side = prompts.mask?.shape[3] ?? DEFAULT_SIDE;
  const normalised = similarity && normalisedTokens(similarity, frame);
  const region = promptMap(prompts, frame, side);
  const samples = target ? targetSamples(target, frame, side) : null;
  const figures = measureRegion(region, frame, samples);
  const targetShare = samples && measureRegion({ inside: samples, side }, frame, null).areaShare;
  const failures = failuresOf(figures, { isConstant: similarity !== null && normalised === null, targetShare });
  return { normalised, region, figures, targetShare, failures };
}

function normalisedTokens(similarity: FloatArray, frame: ModelFrame): FloatArray | null {
  const { rows = 0, columns = 0 } = expectShape('similarity', similarity, ['rows', 'columns']);
  const map = contentMap(similarity.data, { frame, tokenRows: rows, tokenColumns: columns });
  return map && { data: map.values, shape: [map.rows, map.columns] };
}

function failuresOf(
  { areaShare, edgeShare, precision }: PriorFigures,
  { isConstant, targetShare }: { readonly isConstant: boolean; readonly targetShare: number | null },
): PriorFailure[] {
  const misses = targetShare !== null && targetShare > 0 && precision !== null && precision < targetShare;
  const found: [PriorFailure, boolean][] = [
    ['constant', isConstant],
    ['empty', areaShare === 0],
    ['everywhere', areaShare > EVERYWHERE],
    ['edge-hugging', areaShare <= EVERYWHERE && (edgeShare ?? 0) > HUGGING],
    ['off-target', misses],
  ];
  return found.filter(([, isSo]) => isSo).map(([failure]) => failure);
}
