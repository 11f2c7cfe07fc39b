import { definePlugin } from '@sim4seg/core';
import { samDecoderProgram } from './mask-decoder/sam-decoder.js';
import { maskDecoderTrainable } from './mask-decoder/trainable.js';
import {
  boxPromptEncoderPlugin,
  presenceHeadPlugin,
  samDecoderInference,
  samImageEncoderPlugin,
  samPromptEncoderInference,
  samSkipDecoderInference,
  tinyTrunkInference,
} from './plugin-inference.js';
import { promptEncoderTrainable } from './prompt-encoder/trainable.js';
import { skipDecoderProgram } from './skip-decoder/skip-decoder.js';
import { tinyTrunkTrainable } from './tiny-trunk/trainable.js';

/** Small convolutional trunk with attention on stride 16; its options are sizes for training. */
export const tinyTrunkPlugin = definePlugin({
  ...tinyTrunkInference,
  trainable: (options) => tinyTrunkTrainable(options),
});

/** SAM's prompt encoder with text prompts. */
export const samPromptEncoderPlugin = definePlugin({
  ...samPromptEncoderInference,
  trainable: (options) => promptEncoderTrainable(options),
});

/** SAM's mask decoder: masks at a quarter of the model frame. */
export const samDecoderPlugin = definePlugin({
  ...samDecoderInference,
  trainable: (options) => maskDecoderTrainable(samDecoderProgram(options), options),
});

/** SAM's tokens with high-resolution skips: masks at the resolution of the model frame, and a presence head. */
export const samSkipDecoderPlugin = definePlugin({
  ...samSkipDecoderInference,
  trainable: (options) => maskDecoderTrainable(skipDecoderProgram(options), options),
});

/** All plugins of this package; SAM's image encoder answers only. */
export const decoderPlugins = [
  tinyTrunkPlugin,
  samImageEncoderPlugin,
  samPromptEncoderPlugin,
  boxPromptEncoderPlugin,
  samDecoderPlugin,
  samSkipDecoderPlugin,
  presenceHeadPlugin,
] as const;

export { boxPromptEncoderPlugin, presenceHeadPlugin, samImageEncoderPlugin };
