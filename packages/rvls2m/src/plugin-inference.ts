import { definePlugin, services } from '@sim4seg/core';
import { createSimilarityPeak, similarityPeakOptionsSchema } from './presence/similarity-peak.js';
import { adaptiveOptionsSchema, createAdaptive } from './priors/adaptive.js';
import { boxOptionsSchema, createBox } from './priors/box.js';
import { createMultiGrid, multiGridOptionsSchema } from './priors/multi-grid.js';
import { createNoPrior, noPriorOptionsSchema } from './priors/no-prior.js';
import { createPoints, pointsOptionsSchema } from './priors/points.js';
import { createSoftLogits, softLogitsOptionsSchema } from './priors/soft-logits.js';
import { createThreshold, thresholdOptionsSchema } from './priors/threshold.js';
import { createTopCells, topCellsOptionsSchema } from './priors/top-cells.js';

const prior = { contractVersion: '1', needs: {}, provides: services.regionPrior } as const;

/** RVLS2M of the official code: the highest cells of a grid. */
export const topCellsInference = definePlugin({
  ...prior,
  id: 'topCells',
  optionsSchema: topCellsOptionsSchema,
  create: ({ options }) => createTopCells(options),
});

/** RVLS2M of the paper's text: a threshold on the normalised similarity map. */
export const thresholdInference = definePlugin({
  ...prior,
  id: 'threshold',
  optionsSchema: thresholdOptionsSchema,
  create: ({ options }) => createThreshold(options),
});

/** The highest cells, as many as Otsu's criterion says. */
export const adaptiveInference = definePlugin({
  ...prior,
  id: 'adaptive',
  optionsSchema: adaptiveOptionsSchema,
  create: ({ options }) => createAdaptive(options),
});

/** The similarity map as logits, without a hard selection. */
export const softLogitsInference = definePlugin({
  ...prior,
  id: 'softLogits',
  optionsSchema: softLogitsOptionsSchema,
  create: ({ options }) => createSoftLogits(options),
});

/** The highest cells of several grids, fused. */
export const multiGridInference = definePlugin({
  ...prior,
  id: 'multiGrid',
  optionsSchema: multiGridOptionsSchema,
  create: ({ options }) => createMultiGrid(options),
});

/** Points on the peaks and in the valleys of the map. */
export const pointsPlugin = definePlugin({
  ...prior,
  id: 'points',
  optionsSchema: pointsOptionsSchema,
  create: ({ options }) => createPoints(options),
});

/** The box around the region of high similarity. */
export const boxPlugin = definePlugin({
  ...prior,
  id: 'box',
  optionsSchema: boxOptionsSchema,
  create: ({ options }) => createBox(options),
});

/** No region prior. */
export const noPriorInference = definePlugin({
  ...prior,
  id: 'none',
  optionsSchema: noPriorOptionsSchema,
  create: () => createNoPrior(),
});

/** Presence by a statistic of the similarity map. */
export const similarityPeakPlugin = definePlugin({
  id: 'similarity-peak',
  contractVersion: '1',
  needs: {},
  provides: services.presenceJudge,
  optionsSchema: similarityPeakOptionsSchema,
  create: ({ options }) => createSimilarityPeak(options),
});

/** All region priors of this package, as they answer. */
export const regionPriorInferencePlugins = [
  topCellsInference,
  thresholdInference,
  adaptiveInference,
  softLogitsInference,
  multiGridInference,
  pointsPlugin,
  boxPlugin,
  noPriorInference,
] as const;
