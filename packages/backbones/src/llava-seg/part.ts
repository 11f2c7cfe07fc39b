import { toSim4SegError } from '@sim4seg/core';
import type { ModelBundle } from '@sim4seg/core';
import { z } from 'zod';
import { expectLvlmPart } from '../bundle/expect-part.js';
import { LlavaSizesSchema } from '../llava/sizes.js';
import type { LlavaSizes } from '../llava/sizes.js';

export const LLAVA_SEG_ID = 'llava-seg';

/** Entries of a manifest's `parts`: sizes of the model, and its adapter where that was kept beside the layers. */
export const LLAVA_PARTS = { sizes: 'llava', lora: 'llava-lora' } as const;

/** Names of the graphs in a bundle. */
export const LLAVA_GRAPHS = {
  vision: `${LLAVA_SEG_ID}.vision`,
  prefill: `${LLAVA_SEG_ID}.prefill`,
  decode: `${LLAVA_SEG_ID}.decode`,
} as const;

/** An adapter as a manifest describes it. */
export const LlavaLoraSchema = z.strictObject({
  rank: z.int().positive(),
  alpha: z.number(),
  /** Last parts of the names of the layers that have it. */
  targets: z.array(z.string()),
});

/** @throws WIRING when the bundle holds no LLaVA, BUNDLE_DAMAGED when the manifest describes it otherwise */
export function readLlavaSizes(bundle: Pick<ModelBundle, 'name' | 'parts'>): LlavaSizes {
  const entry = expectLvlmPart(bundle, LLAVA_PARTS.sizes);
  try {
    return LlavaSizesSchema.parse(entry);
  } catch (error) {
    throw toSim4SegError(error, 'BUNDLE_DAMAGED', {
      must: `The manifest of the bundle '${bundle.name}' holds the sizes of a LLaVA under parts.${LLAVA_PARTS.sizes}`,
      fix: 'take a bundle that was converted from LISA or Sim4Seg weights, or choose its own LVLM',
    });
  }
}
