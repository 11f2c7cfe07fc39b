import { z } from 'zod';
import { LlamaSizesSchema } from '../llama/sizes.js';

/** What a bundle's manifest says about a `llama-tiny`. */
export const TinySizesSchema = z.strictObject({
  llama: LlamaSizesSchema,
  /** Channels and side of the vision features. */
  featureChannels: z.int().positive(),
  tokenSide: z.int().positive(),
  /** Width D of image tokens and seg embeddings after the seg projection. */
  projectedDim: z.int().positive(),
  /** Room for the prompt, without its last token. */
  questionTokens: z.int().positive(),
  /** Room for the answer. */
  answerTokens: z.int().positive(),
});

export type TinySizes = Readonly<z.infer<typeof TinySizesSchema>>;

/** Image tokens in front of the text. */
export const imageTokenCount = ({ tokenSide }: TinySizes): number => tokenSide * tokenSide;

/** Slots of the prefix cache. */
export const prefixLength = (sizes: TinySizes): number => imageTokenCount(sizes) + sizes.questionTokens;
