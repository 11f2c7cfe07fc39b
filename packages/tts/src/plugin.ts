import { definePlugin, services } from '@sim4seg/core';
import type { CandidateScorer, CandidateSelector } from '@sim4seg/core';
import { z } from 'zod';
import { maskConfidenceScorer, pathLogProbScorer, predictedIouScorer } from './scorers.js';
import { createMaskConsensusSelector, createPredictedIouSelector } from './selectors.js';
import { selectorOptionsSchema } from './weighted-choice.js';
import type { SelectorOptions } from './weighted-choice.js';

const definition = { contractVersion: '1', needs: {} } as const;

const scorerPlugin = (id: string, scorer: CandidateScorer) =>
  definePlugin({
    ...definition,
    id,
    provides: services.scorer,
    optionsSchema: z.strictObject({}),
    create: () => scorer,
  });

const selectorPlugin = (id: string, create: (options: SelectorOptions) => CandidateSelector) =>
  definePlugin({
    ...definition,
    id,
    provides: services.selector,
    optionsSchema: selectorOptionsSchema,
    create: ({ options }) => create(options),
  });

/** Scores candidates by the decoder's estimate of their IoU. */
export const predictedIouScorerPlugin = scorerPlugin('predicted-iou', predictedIouScorer);
/** Scores candidates by how sure their pixels are. */
export const maskConfidenceScorerPlugin = scorerPlugin('mask-confidence', maskConfidenceScorer);
/** Scores candidates by the probability of the path that asked for them. */
export const pathLogProbScorerPlugin = scorerPlugin('path-log-prob', pathLogProbScorer);

/** Chooses the candidate with the highest predicted IoU. */
export const predictedIouPlugin = selectorPlugin('predictedIou', createPredictedIouSelector);
/** Chooses the medoid of the masks. */
export const maskConsensusPlugin = selectorPlugin('maskConsensus', createMaskConsensusSelector);

/** The same selectors under ids written as the scorers' are: config files may use either. */
const kebabSelectors = [
  selectorPlugin('predicted-iou', createPredictedIouSelector),
  selectorPlugin('mask-consensus', createMaskConsensusSelector),
] as const;

/** All plugins of this package. */
export const ttsPlugins = [
  predictedIouScorerPlugin,
  maskConfidenceScorerPlugin,
  pathLogProbScorerPlugin,
  predictedIouPlugin,
  maskConsensusPlugin,
  ...kebabSelectors,
] as const;
