import { z } from 'zod';

/** What files do not say and a question is made of. */
export const subjectOptions = {
  modality: z.string().min(1),
  anatomy: z.string().min(1),
  split: z.string().default('train'),
};
