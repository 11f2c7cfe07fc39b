import { Sim4SegError } from '@sim4seg/core';
import type { z } from 'zod';

/** Sizes in the form of a part. @throws WEIGHTS_INVALID naming the value that is missing or wrong */
export function expectSizes<T extends z.ZodType>(schema: T, model: string, sizes: unknown): z.output<T> {
  const result = schema.safeParse(sizes);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `config.json and weights must tell the sizes of ${model}`,
    got: `${issue?.path.join('.')}: ${issue?.message}`,
    fix: 'name the folder with config.json, or give the size with --size <part>.<name>=<value>',
  });
}
