import { definePlugin, services } from '@sim4seg/core';
import { createNoPrior, noPriorOptionsSchema } from './priors/no-prior.js';
import { createThreshold, thresholdOptionsSchema } from './priors/threshold.js';
import { createTopCells, topCellsOptionsSchema } from './priors/top-cells.js';

/** RVLS2M of the official code: the highest cells of a grid. */
export const topCellsInference = definePlugin({
  id: 'topCells',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: topCellsOptionsSchema,
  create: ({ options }) => createTopCells(options),
});

/** RVLS2M of the paper's text: a threshold on the normalised similarity map. */
export const thresholdInference = definePlugin({
  id: 'threshold',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: thresholdOptionsSchema,
  create: ({ options }) => createThreshold(options),
});

/** No region prior. */
export const noPriorInference = definePlugin({
  id: 'none',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: noPriorOptionsSchema,
  create: () => createNoPrior(),
});

/** All plugins of this package, as they answer. */
export const regionPriorInferencePlugins = [topCellsInference, thresholdInference, noPriorInference] as const;
