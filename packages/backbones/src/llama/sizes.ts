import { z } from 'zod';

/** Sizes of a LLaMA, under their glossary names; the official config key stands beside each. */
export const LlamaSizesSchema = z.strictObject({
  /** vocab_size */
  vocabularySize: z.int().positive(),
  /** hidden_size */
  hiddenSize: z.int().positive(),
  /** intermediate_size */
  intermediateSize: z.int().positive(),
  /** num_hidden_layers */
  layers: z.int().positive(),
  /** num_attention_heads */
  heads: z.int().positive(),
  /** num_key_value_heads; heads / keyValueHeads queries share one key and value */
  keyValueHeads: z.int().positive(),
  /** rms_norm_eps */
  rmsNormEps: z.number().positive(),
  /** rope_theta */
  ropeTheta: z.number().positive(),
});

export type LlamaSizes = Readonly<z.infer<typeof LlamaSizesSchema>>;

/** Width of one head. */
export const headWidth = ({ hiddenSize, heads }: LlamaSizes): number => hiddenSize / heads;
