import { definePlugin, services } from '@sim4seg/core';
import { createMaskDecoder } from './mask-decoder/create-mask-decoder.js';
import { samDecoderProgram } from './mask-decoder/sam-decoder.js';
import { maskDecoderSizesSchema } from './mask-decoder/sizes.js';
import { maskDecoderTrainable } from './mask-decoder/trainable.js';
import { bundleSizes } from './inference/bundle-sizes.js';
import { createPresenceHead, presenceHeadOptionsSchema } from './presence-head.js';
import { createPromptEncoder } from './prompt-encoder/create-prompt-encoder.js';
import { promptEncoderSizesSchema } from './prompt-encoder/sizes.js';
import { promptEncoderTrainable } from './prompt-encoder/trainable.js';
import { skipDecoderSizesSchema } from './skip-decoder/sizes.js';
import { SKIP_FEATURES, skipDecoderProgram } from './skip-decoder/skip-decoder.js';
import { createTinyTrunk } from './tiny-trunk/create-image-encoder.js';
import { tinyTrunkSizesSchema } from './tiny-trunk/sizes.js';
import { tinyTrunkTrainable } from './tiny-trunk/trainable.js';

/** Small convolutional trunk with attention on stride 16; its options are sizes for training. */
export const tinyTrunkPlugin = definePlugin({
  id: 'tiny-trunk',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.imageEncoder,
  optionsSchema: tinyTrunkSizesSchema,
  create: ({ needs }) => createTinyTrunk(needs.bundle),
  trainable: (options) => tinyTrunkTrainable(options),
});

/** SAM's prompt encoder with text prompts. */
export const samPromptEncoderPlugin = definePlugin({
  id: 'sam-prompt-encoder',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.promptEncoder,
  optionsSchema: promptEncoderSizesSchema,
  create: ({ needs }) => createPromptEncoder(needs.bundle),
  trainable: (options) => promptEncoderTrainable(options),
});

/** SAM's mask decoder: masks at a quarter of the model frame. */
export const samDecoderPlugin = definePlugin({
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
  trainable: (options) => maskDecoderTrainable(samDecoderProgram(options), options),
});

/** SAM's tokens with high-resolution skips: masks at the resolution of the model frame, and a presence head. */
export const samSkipDecoderPlugin = definePlugin({
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
  trainable: (options) => maskDecoderTrainable(skipDecoderProgram(options), options),
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

/** All plugins of this package. */
export const decoderPlugins = [
  tinyTrunkPlugin,
  samPromptEncoderPlugin,
  samDecoderPlugin,
  samSkipDecoderPlugin,
  presenceHeadPlugin,
] as const;
