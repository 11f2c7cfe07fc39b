/** Plugin values without their `trainable`: nothing here loads an engine, so that answering starts fast. */
export {
  noPriorInference,
  regionPriorInferencePlugins,
  thresholdInference,
  topCellsInference,
} from './plugin-inference.js';
