import { z } from 'zod';

const words = z.array(z.string().min(1)).min(1);

/** Options of `llava-seg`; its sizes come from the bundle. The official config key stands beside what has one. */
export const LlavaSegOptionsSchema = z.strictObject({
  /** conv_type */
  template: z.enum(['llava_v1', 'llava_llama_2']).default('llava_v1'),
  /** mm_use_im_start_end */
  imageStartEnd: z.boolean().default(true),
  /** max_position_embeddings: most tokens of image, question and answer together */
  contextTokens: z.int().positive().default(2048),
  /** model_max_length of the training: room for the answer */
  answerTokens: z.int().positive().default(512),
  /** Words with which answers begin that say yes or no; null where answers do not say it with their first word. */
  presenceWords: z.strictObject({ yes: words, no: words }).nullable().default(null),
  /** Samples among this many likeliest tokens; 0 for all. */
  topK: z.int().nonnegative().default(0),
  /** Above 1 makes tokens that a path holds already less likely. */
  repetitionPenalty: z.number().positive().default(1),
  /**
   * What the grid of image tokens lies over: the whole image, or (as the official code has it, for priors with `compat:
   * official`) the middle square that the vision tower sees.
   */
  tokensOver: z.enum(['image', 'middle-square']).default('image'),
});

export type LlavaSegOptions = z.output<typeof LlavaSegOptionsSchema>;
