import { z } from 'zod';
import type { LlamaSizes } from '../llama/sizes.js';
import type { Tokenizer } from '../text/tokenizer.js';
import type { TinySizes } from './sizes.js';

/**
 * Options of `llama-tiny`. They shape what is trained; at inference the sizes come from the bundle.
 * Default sizes: the study's LLaMA 4 x 192 (feasibility study, section 6).
 */
export const TinyOptionsSchema = z.strictObject({
  layers: z.int().positive().default(4),
  hiddenSize: z.int().positive().multipleOf(8).default(192),
  heads: z.int().positive().default(4),
  keyValueHeads: z.int().positive().optional(),
  intermediateSize: z.int().positive().default(512),
  featureChannels: z.int().positive().default(192),
  tokenSide: z.int().positive().default(16),
  projectedDim: z.int().positive().default(128),
  questionTokens: z.int().positive().default(96),
  answerTokens: z.int().positive().default(96),
  vocabularySize: z.int().min(260).default(1024),
  /** Text of a tokenizer.json, to go on with trained weights. */
  tokenizer: z.string().optional(),
  /** Questions and answers on which a tokenizer is trained where none is given. */
  trainingTexts: z.array(z.string()).optional(),
});

export type TinyOptions = z.infer<typeof TinyOptionsSchema>;

/** Sizes that options and tokenizer amount to. */
export function sizesFromOptions(options: TinyOptions, tokenizer: Tokenizer): TinySizes {
  const { featureChannels, tokenSide, projectedDim, questionTokens, answerTokens } = options;
  const llama: LlamaSizes = {
    vocabularySize: tokenizer.vocabularySize,
    hiddenSize: options.hiddenSize,
    intermediateSize: options.intermediateSize,
    layers: options.layers,
    heads: options.heads,
    keyValueHeads: options.keyValueHeads ?? options.heads,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
  };
  return { llama, featureChannels, tokenSide, projectedDim, questionTokens, answerTokens };
}
