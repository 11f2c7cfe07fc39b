import { definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';
import { bundleSizes } from './inference/bundle-sizes.js';
import { createMaskDecoder } from './mask-decoder/create-mask-decoder.js';
import { maskDecoderSizesSchema } from './mask-decoder/sizes.js';
import { createPresenceHead, presenceHeadOptionsSchema } from './presence-head.js';
import { boxPromptsSchema, boxesOnly } from './prompt-encoder/box-prompts.js';
import { createPromptEncoder } from './prompt-encoder/create-prompt-encoder.js';
import { promptEncoderSizesSchema } from './prompt-encoder/sizes.js';
import { SKIP_FEATURES, skipDecoderSizesSchema } from './skip-decoder/sizes.js';
import { createSamImageEncoder } from './sam-image-encoder/create-sam-image-encoder.js';
import { SAM_IMAGE_ENCODER_ID } from './sam-image-encoder/graph-name.js';
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

/** SAM's image encoder of any size (ViT-B, L, H and others), from a converted bundle, which tells its sizes. */
export const samImageEncoderPlugin = definePlugin({
  id: SAM_IMAGE_ENCODER_ID,
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.imageEncoder,
  optionsSchema: z.strictObject({
    /** How a picture becomes the encoder's input; a converted bundle names what its weights were trained with. */
    preprocessing: z.enum(['sam', 'medsam']).default('sam'),
  }),
  create: ({ needs, options }) => createSamImageEncoder(needs.bundle, options),
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

/** The same weights, prompted with boxes alone: the box around whatever the region prior gives. */
export const boxPromptEncoderPlugin = definePlugin({
  id: 'box-prompt-encoder',
  contractVersion: '1',
  needs: { bundle: services.bundle },
  provides: services.promptEncoder,
  optionsSchema: boxPromptsSchema,
  create: ({ needs, options }) => boxesOnly(createPromptEncoder(needs.bundle), options),
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
  samImageEncoderPlugin,
  samPromptEncoderInference,
  boxPromptEncoderPlugin,
  samDecoderInference,
  samSkipDecoderInference,
  presenceHeadPlugin,
] as const;
