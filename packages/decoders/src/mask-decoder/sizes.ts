import { z } from 'zod';

/** Sizes of a SAM-style mask decoder; SAM itself has width 256, 8 heads, MLP 2048, IoU head 3 x 256, side 64. */
export const maskDecoderSizesSchema = z.strictObject({
  /** Width C of tokens and image features. */
  width: z.number().int().positive().default(128),
  /** Side of the image embedding. */
  embeddingSide: z.number().int().positive().default(16),
  heads: z.number().int().positive().default(4),
  depth: z.number().int().positive().default(2),
  mlpWidth: z.number().int().positive().default(256),
  /** Masks that answer an ambiguous prompt, besides the single-mask answer. */
  multimasks: z.number().int().positive().default(3),
  iouHeadWidth: z.number().int().positive().default(128),
  iouHeadDepth: z.number().int().positive().default(3),
});

export type SamDecoderSizes = z.output<typeof maskDecoderSizesSchema>;
