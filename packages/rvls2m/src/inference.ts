/** Plugin values without their `trainable`: nothing here loads an engine, so that answering starts fast. */
export {
  adaptiveInference,
  boxPlugin,
  multiGridInference,
  noPriorInference,
  pointsPlugin,
  regionPriorInferencePlugins,
  similarityPeakPlugin,
  softLogitsInference,
  thresholdInference,
  topCellsInference,
} from './plugin-inference.js';
export { analysePrior } from './analysis/analyse-prior.js';
