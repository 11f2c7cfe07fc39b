import { z } from 'zod';

/** Sizes of SAM's image encoder; the defaults are those of ViT-B. */
export const samImageEncoderSizesSchema = z.strictObject({
  /** Side of the square model frame; a multiple of the patch. */
  inputSidePx: z.number().int().positive().default(1024),
  patchPx: z.number().int().positive().default(16),
  /** Width of the tokens; a multiple of the heads. */
  tokenWidth: z.number().int().positive().default(768),
  depth: z.number().int().positive().default(12),
  heads: z.number().int().positive().default(12),
  /** Width of the MLP over that of the tokens. */
  mlpRatio: z.number().positive().default(4),
  /** Width C of the image embedding. */
  width: z.number().int().positive().default(256),
  /** Side of a window in patches; 0 where every block attends to the whole image. */
  windowSide: z.number().int().nonnegative().default(14),
  /** Blocks that attend to the whole image. */
  globalBlocks: z.array(z.number().int().nonnegative()).default([2, 5, 8, 11]),
  queryKeyValueBias: z.boolean().default(true),
  absolutePositions: z.boolean().default(true),
  relativePositions: z.boolean().default(true),
  normEps: z.number().positive().default(1e-6),
  /** Rows of a block's tables of vertical and horizontal distances, where they are not 2 side - 1. */
  relativeTableRows: z
    .record(z.string().regex(/^\d+$/), z.tuple([z.number().int().positive(), z.number().int().positive()]))
    .default({}),
});

export type SamImageEncoderSizes = z.output<typeof samImageEncoderSizesSchema>;

/** Side of the window in which a block attends, in patches; 0 where it attends to the whole image. */
export function windowOf({ windowSide, globalBlocks }: SamImageEncoderSizes, block: number): number {
  return globalBlocks.includes(block) ? 0 : windowSide;
}
