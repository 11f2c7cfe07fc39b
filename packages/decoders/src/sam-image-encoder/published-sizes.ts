import { samImageEncoderSizesSchema } from './sizes.js';

/** Sizes of the published encoders. @source segment-anything build_sam.py */
export const SAM_IMAGE_ENCODER_SIZES = {
  vit_b: samImageEncoderSizesSchema.parse({ tokenWidth: 768, depth: 12, heads: 12, globalBlocks: [2, 5, 8, 11] }),
  vit_l: samImageEncoderSizesSchema.parse({ tokenWidth: 1024, depth: 24, heads: 16, globalBlocks: [5, 11, 17, 23] }),
  vit_h: samImageEncoderSizesSchema.parse({ tokenWidth: 1280, depth: 32, heads: 16, globalBlocks: [7, 15, 23, 31] }),
} as const;
