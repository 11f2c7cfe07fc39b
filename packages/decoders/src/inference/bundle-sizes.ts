import { Sim4SegError } from '@sim4seg/core';
import type { ModelBundle } from '@sim4seg/core';
import type { z } from 'zod';

/**
 * The sizes that a part of the bundle was trained with; they decide, not the options.
 * @throws BUNDLE_DAMAGED when the manifest's entry breaks its form, WIRING when the bundle has no such part
 */
export function bundleSizes<T>(bundle: ModelBundle, id: string, schema: z.ZodType<T>): T {
  const entry = bundle.parts[id];
  if (entry === undefined) {
    throw new Sim4SegError('WIRING', {
      must: `the bundle holds the part ${id}`,
      got: `bundle ${bundle.name} with ${Object.keys(bundle.parts).join(', ') || 'no parts'}`,
      fix: `choose a part that the bundle holds, or train one with ${id}`,
    });
  }
  const parsed = schema.safeParse(entry);
  if (parsed.success) return parsed.data;
  throw new Sim4SegError('BUNDLE_DAMAGED', {
    must: `the manifest's sizes of ${id} have the declared form`,
    got: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
    fix: 'take the bundle from its source again, or export it with this version',
    cause: parsed.error,
  });
}
