import { Sim4SegError, definePlugin } from '@sim4seg/core';
import { noPriorInference, thresholdInference, topCellsInference } from './plugin-inference.js';
import type { TopCellsOptions } from './priors/top-cells.js';
import { noPriorProgram } from './programs/no-prior-program.js';
import { priorTrainable } from './programs/prior-sizes.js';
import type { TrainablePrior } from './programs/prior-sizes.js';
import { thresholdProgram } from './programs/threshold-program.js';
import { topCellsProgram } from './programs/top-cells-program.js';

/** RVLS2M of the official code: the highest cells of a grid. */
export const topCellsPlugin = definePlugin({ ...topCellsInference, trainable: topCellsTrainable });

/** RVLS2M of the paper's text: a threshold on the normalised similarity map. */
export const thresholdPlugin = definePlugin({
  ...thresholdInference,
  trainable: (options) => priorTrainable(thresholdProgram(options), options),
});

/** No region prior. */
export const noPriorPlugin = definePlugin({
  ...noPriorInference,
  trainable: (options) => priorTrainable(noPriorProgram(options), options),
});

/** All plugins of this package. */
export const regionPriorPlugins = [topCellsPlugin, thresholdPlugin, noPriorPlugin] as const;

function topCellsTrainable(options: TopCellsOptions): TrainablePrior {
  if (options.compat === 'corrected') return priorTrainable(topCellsProgram(options), options);
  throw new Sim4SegError('CONFIG_INVALID', {
    must: 'training uses the corrected form of topCells',
    got: `compat 'official'`,
    fix: `train with compat 'corrected'; 'official' reproduces the reference at inference`,
  });
}
