import { z } from 'zod';

/** Options of `llava-seg` at inference; its sizes come from the bundle. */
export const LlavaSegOptionsSchema = z.strictObject({
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
