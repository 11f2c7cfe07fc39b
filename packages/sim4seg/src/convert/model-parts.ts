import { LlavaSizesSchema, ClipVisionSizesSchema } from '@sim4seg/backbones';
import { applySets, Sim4SegError, type ConfigTree } from '@sim4seg/core';
import { maskDecoderSizesSchema, promptEncoderSizesSchema, samImageEncoderSizesSchema } from '@sim4seg/decoders';
import { z } from 'zod';
import { CLIP_ANCHOR, clipSizes } from './clip-sizes.js';
import { expectSizes } from './expect-sizes.js';
import { LLAMA_ANCHOR, llavaSizes } from './llava-sizes.js';
import { SAM_ANCHOR, samSizes } from './sam-sizes.js';
import { shapesOf } from './shapes.js';
import { nameOf, type Json, type Source } from './source.js';
import type { TensorPool } from './tensor-pool.js';

const loraSchema = z.strictObject({
  rank: z.int().positive(),
  alpha: z.number(),
  /** Last parts of the names of the layers that have it. */
  targets: z.array(z.string()),
});

/** Sizes of the parts that converted weights are for; the keys are the entries of a manifest's `parts`. */
export const modelPartsSchema = z.object({
  'sam-image-encoder': samImageEncoderSizesSchema.optional(),
  'sam-prompt-encoder': promptEncoderSizesSchema.optional(),
  'sam-decoder': maskDecoderSizesSchema.optional(),
  /** A vision tower alone. */
  'clip-vision': ClipVisionSizesSchema.optional(),
  /** The LVLM, its vision tower included. */
  llava: LlavaSizesSchema.optional(),
  /** An adapter that was kept beside the LVLM's layers. */
  'llava-lora': loraSchema.optional(),
});

export type ModelParts = z.output<typeof modelPartsSchema>;
export type LoraPart = z.output<typeof loraSchema>;

/**
 * Finds out which parts the weights are for, and their sizes.
 * @param sizes assignments such as `sam-decoder.heads=4`, for what neither shapes nor config.json tell
 * @throws WEIGHTS_INVALID where no known model is there, naming what was looked for; CONFIG_INVALID
 */
export function readParts(pool: TensorPool, sources: readonly Source[], sizes: readonly string[]): ModelParts {
  const shapes = shapesOf(pool);
  const configs = sources.map(({ config }) => config);
  const found: Record<string, unknown> = {};
  if (shapes.has(SAM_ANCHOR)) Object.assign(found, samSizes(shapes));
  const vision = shapes.has(CLIP_ANCHOR) ? clipSizes(shapes, configs) : undefined;
  if (shapes.has(LLAMA_ANCHOR))
    found['llava'] = llavaSizes(shapes, configs.find(isLanguageModel) ?? {}, vision ?? noTower(configs));
  else if (vision) found['clip-vision'] = vision;
  if (!Object.keys(found).length) throw unknownModel(pool, sources);
  return expectSizes(modelPartsSchema, 'the model', applySets(found as ConfigTree, sizes));
}

function noTower(configs: readonly Json[]): never {
  const tower = configs.map((config) => config['mm_vision_tower'] ?? config['vision_tower']).find(Boolean);
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `The weights must hold the vision tower of the LVLM (${CLIP_ANCHOR})`,
    got: 'none: the published weights of LISA leave it out',
    fix: `add the folder of ${typeof tower === 'string' ? tower : 'openai/clip-vit-large-patch14'} with --with`,
  });
}

const isLanguageModel = (config: Json): boolean =>
  config['num_attention_heads'] !== undefined && config['vocab_size'] !== undefined;

function unknownModel({ tensors, adapters }: TensorPool, sources: readonly Source[]): Sim4SegError {
  const shown = [...tensors.keys()].slice(0, 5).join(', ') || 'no tensors';
  return new Sim4SegError('WEIGHTS_INVALID', {
    must:
      `The weights must be of a known model: SAM or MedSAM (${SAM_ANCHOR}), CLIP (${CLIP_ANCHOR}), LLaMA, LISA or ` +
      `Sim4Seg (${LLAMA_ANCHOR})`,
    got: adapters.size
      ? `only an adapter of ${adapters.size} layers`
      : `${sources.map(nameOf).join(', ')} with ${shown}`,
    fix: adapters.size
      ? 'name the model first and the adapter with --with'
      : 'name official weights as they were published',
  });
}
