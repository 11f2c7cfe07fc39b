export {
  normaliseSimilarity,
  officialCellMeans,
  officialCells,
  officialPromptMask,
  officialPrompts,
} from './official/official-prompts.js';
export { officialMap, officialMapOperator } from './official/official-operator.js';
export type { OfficialMap } from './official/official-operator.js';
export { contentMaskOf } from './content.js';
export { noPriorPlugin, regionPriorPlugins, thresholdPlugin, topCellsPlugin } from './plugin.js';
export { createNoPrior } from './priors/no-prior.js';
export { createThreshold, tauOfVariant, thresholdOptionsSchema } from './priors/threshold.js';
export type { ThresholdOptions } from './priors/threshold.js';
export { createTopCells, topCellsOptionsSchema, topNOfVariant } from './priors/top-cells.js';
export type { TopCellsOptions } from './priors/top-cells.js';
export { noPriorProgram } from './programs/no-prior-program.js';
export type { TrainablePrior } from './programs/prior-sizes.js';
export { thresholdProgram } from './programs/threshold-program.js';
export { topCellsProgram } from './programs/top-cells-program.js';
export type { TopCellsSizes } from './programs/top-cells-program.js';
export { PROMPT_LOGIT } from './prompt-logits.js';
export { inputSimilarity, similarityOf } from './similarity.js';
