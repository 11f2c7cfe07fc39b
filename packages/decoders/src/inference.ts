/** Plugin values without their `trainable`: nothing here loads an engine, so that answering starts fast. */
export {
  decoderInferencePlugins,
  presenceHeadPlugin,
  samDecoderInference,
  samPromptEncoderInference,
  samSkipDecoderInference,
  tinyTrunkInference,
} from './plugin-inference.js';
