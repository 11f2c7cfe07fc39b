import { z } from 'zod';

/** Names of the encoder outputs that it reads, besides the embedding. */
export const SKIP_FEATURES = ['stride8', 'stride4', 'pixels'] as const;

/** Sizes of the decoder with high-resolution skips: the tokens of SAM, an upsampling of its own. */
export const skipDecoderSizesSchema = z.strictObject({
  /** Width C of tokens and image features. */
  width: z.number().int().positive().default(128),
  /** Side of the image embedding; the masks have 16 times that side. */
  embeddingSide: z.number().int().positive().default(16),
  heads: z.number().int().positive().default(4),
  depth: z.number().int().positive().default(2),
  mlpWidth: z.number().int().positive().default(256),
  multimasks: z.number().int().positive().default(3),
  iouHeadWidth: z.number().int().positive().default(128),
  iouHeadDepth: z.number().int().positive().default(3),
  /** Channels of the encoder's `stride8`, `stride4` and `pixels`. */
  stride8Channels: z.number().int().positive().default(96),
  stride4Channels: z.number().int().positive().default(48),
  pixelChannels: z.number().int().positive().default(48),
  /** Channels of the decoder at stride 8 and at stride 4; multiples of 8 (groups of the norm). */
  upChannels8: z.number().int().multipleOf(8).positive().default(64),
  upChannels4: z.number().int().multipleOf(8).positive().default(48),
  /** Channels a sub-pixel that each mask mixes. */
  mixChannels: z.number().int().positive().default(8),
});

export type SkipDecoderSizes = z.output<typeof skipDecoderSizesSchema>;
