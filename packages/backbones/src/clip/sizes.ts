import { z } from 'zod';

/** Sizes of a CLIP vision tower; the official config key stands beside each. */
export const ClipVisionSizesSchema = z.strictObject({
  /** hidden_size */
  hiddenSize: z.int().positive(),
  /** intermediate_size */
  intermediateSize: z.int().positive(),
  /** num_hidden_layers */
  layers: z.int().positive(),
  /** num_attention_heads */
  heads: z.int().positive(),
  /** image_size */
  sidePx: z.int().positive(),
  /** patch_size */
  patchPx: z.int().positive(),
  /** hidden_act */
  activation: z.enum(['quick_gelu', 'gelu']),
  /** layer_norm_eps */
  layerNormEps: z.number().positive(),
  /** mm_vision_select_layer: 0 the embeddings, n what layer n leaves, negative from the end */
  selectLayer: z.int(),
});

export type ClipVisionSizes = Readonly<z.infer<typeof ClipVisionSizesSchema>>;

/** Tokens of a picture, without the class token. */
export const patchCount = ({ sidePx, patchPx }: ClipVisionSizes): number => Math.floor(sidePx / patchPx) ** 2;
