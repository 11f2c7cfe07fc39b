export {
  normaliseSimilarity,
  officialCellMeans,
  officialCells,
  officialPromptMask,
  officialPrompts,
} from './official/official-prompts.js';
export { officialMap, officialMapOperator } from './official/official-operator.js';
export type { OfficialMap } from './official/official-operator.js';
export { analysePrior } from './analysis/analyse-prior.js';
export type { AnalysisContext, PriorAnalysis, PriorFailure } from './analysis/analyse-prior.js';
export type { PriorFigures } from './analysis/prior-figures.js';
export type { PromptMap } from './analysis/prompt-map.js';
export { contentMaskOf } from './content.js';
export {
  adaptivePlugin,
  boxPlugin,
  multiGridPlugin,
  noPriorPlugin,
  pointsPlugin,
  regionPriorPlugins,
  similarityPeakPlugin,
  softLogitsPlugin,
  thresholdPlugin,
  topCellsPlugin,
} from './plugin.js';
export { createSimilarityPeak, mapStatistic, similarityPeakOptionsSchema } from './presence/similarity-peak.js';
export type { SimilarityPeakOptions } from './presence/similarity-peak.js';
export type { MapStatistic } from './presence/map-statistics.js';
export { adaptiveOptionsSchema, createAdaptive } from './priors/adaptive.js';
export type { AdaptiveOptions } from './priors/adaptive.js';
export { boxOptionsSchema, createBox } from './priors/box.js';
export type { BoxOptions } from './priors/box.js';
export { createMultiGrid, multiGridOptionsSchema } from './priors/multi-grid.js';
export type { MultiGridOptions } from './priors/multi-grid.js';
export { createNoPrior } from './priors/no-prior.js';
export { createPoints, pointsOptionsSchema } from './priors/points.js';
export type { PointsOptions } from './priors/points.js';
export { createSoftLogits, softLogitsOptionsSchema } from './priors/soft-logits.js';
export type { SoftLogitsOptions } from './priors/soft-logits.js';
export { createThreshold, thresholdOptionsSchema } from './priors/threshold.js';
export type { ThresholdOptions } from './priors/threshold.js';
export { createTopCells, topCellsOptionsSchema } from './priors/top-cells.js';
export type { TopCellsOptions } from './priors/top-cells.js';
export { shareOfVariant, tauOfVariant, topNOfVariant } from './priors/variants.js';
export { adaptiveProgram } from './programs/adaptive-program.js';
export type { AdaptiveSizes } from './programs/adaptive-program.js';
export { multiGridProgram } from './programs/multi-grid-program.js';
export type { MultiGridSizes } from './programs/multi-grid-program.js';
export { noPriorProgram } from './programs/no-prior-program.js';
export type { TrainablePrior } from './programs/prior-sizes.js';
export { priorProgram } from './programs/prior-program.js';
export { softLogitsProgram } from './programs/soft-logits-program.js';
export type { SoftLogitsSizes } from './programs/soft-logits-program.js';
export { thresholdProgram } from './programs/threshold-program.js';
export { topCellsProgram } from './programs/top-cells-program.js';
export type { TopCellsSizes } from './programs/top-cells-program.js';
export { PROMPT_LOGIT } from './prompt-logits.js';
export { inputSimilarity, similarityOf } from './similarity.js';
