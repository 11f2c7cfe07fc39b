/** Plugin values without their `trainable`: nothing here loads an engine, so that answering starts fast. */
export {
  boxPromptEncoderPlugin,
  decoderInferencePlugins,
  presenceHeadPlugin,
  samDecoderInference,
  samImageEncoderPlugin,
  samPromptEncoderInference,
  samSkipDecoderInference,
  tinyTrunkInference,
} from './plugin-inference.js';
