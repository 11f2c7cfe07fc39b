import { definePlugin, services } from '@sim4seg/core';
import { bundleSizes } from './inference/bundle-sizes.js';
import { createMaskDecoder } from './mask-decoder/create-mask-decoder.js';
import { maskDecoderSizesSchema } from './mask-decoder/sizes.js';
import { createPresenceHead, presenceHeadOptionsSchema } from './presence-head.js';
import { createPromptEncoder } from './prompt-encoder/create-prompt-encoder.js';
import { promptEncoderSizesSchema } from './prompt-encoder/sizes.js';
import { SKIP_FEATURES, skipDecoderSizesSchema } from './skip-decoder/sizes.js';
import { createTinyTrunk } from './tiny-trunk/create-image-encoder.js';
import { tinyTrunkSizesSchema } from './tiny-trunk/sizes.js';

/** Small convolutional trunk with attention on stride 16; its options are sizes for training. */
export const tinyTrunkInference = definePlugin({
  id: 'tiny-trunk',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.imageEncoder,
  optionsSchema: tinyTrunkSizesSchema,
  create: ({ needs }) => createTinyTrunk(needs.bundle),
});

/** SAM's prompt encoder with text prompts. */
export const samPromptEncoderInference = definePlugin({
  id: 'sam-prompt-encoder',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.promptEncoder,
  optionsSchema: promptEncoderSizesSchema,
  create: ({ needs }) => createPromptEncoder(needs.bundle),
});

/** SAM's mask decoder: masks at a quarter of the model frame. */
export const samDecoderInference = definePlugin({
  id: 'sam-decoder',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.maskDecoder,
  optionsSchema: maskDecoderSizesSchema,
  create: ({ needs }) => {
    const { width, embeddingSide, multimasks } = bundleSizes(needs.bundle, 'sam-decoder', maskDecoderSizesSchema);
    const sizes = {
      embeddingChannels: width,
      embeddingSide,
      lowResSide: 4 * embeddingSide,
      masksPerPrompt: multimasks + 1,
      features: [],
    };
    return createMaskDecoder(needs.bundle, { id: 'sam-decoder', sizes, presence: false });
  },
});

/** SAM's tokens with high-resolution skips: masks at the resolution of the model frame, and a presence head. */
export const samSkipDecoderInference = definePlugin({
  id: 'sam-skip-decoder',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.maskDecoder,
  optionsSchema: skipDecoderSizesSchema,
  create: ({ needs }) => {
    const { width, embeddingSide, multimasks } = bundleSizes(needs.bundle, 'sam-skip-decoder', skipDecoderSizesSchema);
    const sizes = {
      embeddingChannels: width,
      embeddingSide,
      lowResSide: 16 * embeddingSide,
      masksPerPrompt: multimasks + 1,
      features: SKIP_FEATURES,
    };
    return createMaskDecoder(needs.bundle, { id: 'sam-skip-decoder', sizes, presence: true });
  },
});

/** Presence by the decoder's presence head; needs a decoder that has one. */
export const presenceHeadPlugin = definePlugin({
  id: 'presence-head',
  contractVersion: '1',
  needs: {},
  provides: services.presenceJudge,
  optionsSchema: presenceHeadOptionsSchema,
  create: ({ options }) => createPresenceHead(options),
});

/** All plugins of this package, as they answer. */
export const decoderInferencePlugins = [
  tinyTrunkInference,
  samPromptEncoderInference,
  samDecoderInference,
  samSkipDecoderInference,
  presenceHeadPlugin,
] as const;
