import { z } from 'zod';
import { ClipVisionSizesSchema } from '../clip/sizes.js';
import type { LlamaForm } from '../llama/linear-layers.js';
import { LlamaSizesSchema } from '../llama/sizes.js';

/** Sizes of a LLaVA with a seg projection; the official config key stands beside what is its own. */
export const LlavaSizesSchema = z.strictObject({
  llama: LlamaSizesSchema,
  vision: ClipVisionSizesSchema,
  /** mm_projector_type: one linear layer, or two with a GELU between them */
  projector: z.enum(['linear', 'mlp2x_gelu']),
  /** out_dim: width D of image tokens and seg embeddings after the seg projection */
  projectedDim: z.int().positive(),
});

export type LlavaSizes = Readonly<z.infer<typeof LlavaSizesSchema>>;

/** A LLaVA whose LLaMA may have linear layers of another form. */
export interface LlavaForm extends Omit<LlavaSizes, 'llama'> {
  readonly llama: LlamaForm;
}
