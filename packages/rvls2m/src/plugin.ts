import { Sim4SegError, definePlugin } from '@sim4seg/core';
import {
  adaptiveInference,
  boxPlugin,
  multiGridInference,
  noPriorInference,
  pointsPlugin,
  similarityPeakPlugin,
  softLogitsInference,
  thresholdInference,
  topCellsInference,
} from './plugin-inference.js';
import type { TopCellsOptions } from './priors/top-cells.js';
import { adaptiveProgram } from './programs/adaptive-program.js';
import { multiGridProgram } from './programs/multi-grid-program.js';
import { noPriorProgram } from './programs/no-prior-program.js';
import { priorTrainable } from './programs/prior-sizes.js';
import type { TrainablePrior } from './programs/prior-sizes.js';
import { softLogitsProgram } from './programs/soft-logits-program.js';
import { thresholdProgram } from './programs/threshold-program.js';
import { topCellsProgram } from './programs/top-cells-program.js';

/** RVLS2M of the official code: the highest cells of a grid. */
export const topCellsPlugin = definePlugin({ ...topCellsInference, trainable: topCellsTrainable });

/** RVLS2M of the paper's text: a threshold on the normalised similarity map. */
export const thresholdPlugin = definePlugin({
  ...thresholdInference,
  trainable: (options) => priorTrainable(thresholdProgram(options), options),
});

/** The highest cells, as many as Otsu's criterion says. */
export const adaptivePlugin = definePlugin({
  ...adaptiveInference,
  trainable: (options) => priorTrainable(adaptiveProgram(options), options),
});

/** The similarity map as logits, without a hard selection. */
export const softLogitsPlugin = definePlugin({
  ...softLogitsInference,
  trainable: (options) => priorTrainable(softLogitsProgram(options), options),
});

/** The highest cells of several grids, fused. */
export const multiGridPlugin = definePlugin({
  ...multiGridInference,
  trainable: (options) => priorTrainable(multiGridProgram(options), options),
});

/** No region prior. */
export const noPriorPlugin = definePlugin({
  ...noPriorInference,
  trainable: (options) => priorTrainable(noPriorProgram(options), options),
});

/** All region priors of this package; `points` and `box` answer only, since training prompts with masks. */
export const regionPriorPlugins = [
  topCellsPlugin,
  thresholdPlugin,
  adaptivePlugin,
  softLogitsPlugin,
  multiGridPlugin,
  pointsPlugin,
  boxPlugin,
  noPriorPlugin,
] as const;

export { boxPlugin, pointsPlugin, similarityPeakPlugin };

function topCellsTrainable(options: TopCellsOptions): TrainablePrior {
  if (options.compat === 'corrected') return priorTrainable(topCellsProgram(options), options);
  throw new Sim4SegError('CONFIG_INVALID', {
    must: 'training uses the corrected form of topCells',
    got: `compat 'official'`,
    fix: `train with compat 'corrected'; 'official' reproduces the reference at inference`,
  });
}
