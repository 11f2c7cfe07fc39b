export { meanIouWithOthers } from './consensus.js';
export {
  maskConfidenceScorerPlugin,
  maskConsensusPlugin,
  pathLogProbScorerPlugin,
  predictedIouPlugin,
  predictedIouScorerPlugin,
  ttsPlugins,
} from './plugin.js';
export { maskConfidenceScorer, pathLogProbScorer, predictedIouScorer } from './scorers.js';
export { createMaskConsensusSelector, createPredictedIouSelector } from './selectors.js';
export { chooseHighest, selectorOptionsSchema } from './weighted-choice.js';
export type { SelectorOptions } from './weighted-choice.js';
