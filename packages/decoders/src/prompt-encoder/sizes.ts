import { z } from 'zod';

/** Sizes of a SAM-style prompt encoder; SAM itself has width 256, side 64, input 1024, 16 mask channels. */
export const promptEncoderSizesSchema = z.strictObject({
  /** Width C of tokens and image features. */
  width: z.number().int().positive().default(128),
  /** Side of the image embedding. */
  embeddingSide: z.number().int().positive().default(16),
  inputSidePx: z.number().int().positive().default(256),
  /** Channels inside the mask down-scaling. */
  maskChannels: z.number().int().positive().default(16),
});

export type SamPromptEncoderSizes = z.output<typeof promptEncoderSizesSchema>;
