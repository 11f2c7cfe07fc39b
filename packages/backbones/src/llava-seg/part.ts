import { toSim4SegError } from '@sim4seg/core';
import type { ModelBundle } from '@sim4seg/core';
import { z } from 'zod';
import { LlavaSizesSchema } from '../llava/sizes.js';
import { llavaLlama2Template, llavaV1Template } from '../text/templates.js';
import type { ConversationTemplate } from '../text/templates.js';

export const LLAVA_SEG_ID = 'llava-seg';

/** Names of the graphs in a bundle. */
export const LLAVA_GRAPHS = {
  vision: `${LLAVA_SEG_ID}.vision`,
  prefill: `${LLAVA_SEG_ID}.prefill`,
  decode: `${LLAVA_SEG_ID}.decode`,
} as const;

const words = z.array(z.string().min(1)).min(1);

/** What a bundle's manifest says about a `llava-seg`; the official config key stands beside each. */
export const LlavaSegPartSchema = z.strictObject({
  sizes: LlavaSizesSchema,
  /** max_position_embeddings: most tokens of image, question and answer together */
  contextTokens: z.int().positive().default(2048),
  /** model_max_length of the training: room for the answer */
  answerTokens: z.int().positive().default(512),
  /** conv_type */
  template: z.enum(['llava_v1', 'llava_llama_2']).default('llava_v1'),
  /** mm_use_im_start_end */
  imageStartEnd: z.boolean().default(true),
  /** Words with which answers begin that say yes or no; null where answers do not say it with their first word. */
  presenceWords: z.strictObject({ yes: words, no: words }).nullable().default(null),
});

export type LlavaSegPart = z.output<typeof LlavaSegPartSchema>;

/** @throws BUNDLE_DAMAGED when the manifest lacks the part or holds something else */
export function readLlavaSegPart(bundle: ModelBundle): LlavaSegPart {
  try {
    return LlavaSegPartSchema.parse(bundle.parts[LLAVA_SEG_ID]);
  } catch (error) {
    throw toSim4SegError(error, 'BUNDLE_DAMAGED', {
      must: `The manifest of the bundle '${bundle.name}' holds the sizes of ${LLAVA_SEG_ID}`,
      fix: 'take a bundle that was converted with this LVLM, or choose its own LVLM',
    });
  }
}

const TEMPLATES: Readonly<Record<LlavaSegPart['template'], ConversationTemplate>> = {
  llava_v1: llavaV1Template,
  llava_llama_2: llavaLlama2Template,
};

/** The conversation template of a part. */
export const templateOf = ({ template }: LlavaSegPart): ConversationTemplate => TEMPLATES[template];
