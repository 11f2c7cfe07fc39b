import { z } from 'zod';

/** Sizes of the small image trunk. */
export const tinyTrunkSizesSchema = z.strictObject({
  /** Side of the square model frame; a multiple of 16. */
  inputSidePx: z.number().int().multipleOf(16).positive().default(256),
  /** Channels at stride 4, 8 and 16; multiples of 8 (groups of the norm). */
  channels: z
    .tuple([
      z.number().int().multipleOf(8).positive(),
      z.number().int().multipleOf(8).positive(),
      z.number().int().multipleOf(8).positive(),
    ])
    .default([48, 96, 192]),
  /** Residual blocks a stage. */
  blocks: z.number().int().nonnegative().default(2),
  /** Attention blocks on the tokens of stride 16, and their heads. */
  attentionBlocks: z.number().int().nonnegative().default(2),
  heads: z.number().int().positive().default(4),
  /** Width C of the image embedding. */
  width: z.number().int().positive().default(128),
});

export type TinyTrunkSizes = z.output<typeof tinyTrunkSizesSchema>;

/** Channels of the image after space-to-depth by 4. */
export const PIXEL_CHANNELS = 48;
