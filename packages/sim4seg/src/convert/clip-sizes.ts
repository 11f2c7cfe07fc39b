import type { ClipVisionSizes } from '@sim4seg/backbones';
import { ClipVisionSizesSchema } from '@sim4seg/backbones';
import { expectSizes } from './expect-sizes.js';
import { countOf, sizeOf, type Shapes } from './shapes.js';
import type { Json } from './source.js';

/** What tells a CLIP vision tower from others. */
export const CLIP_ANCHOR = 'vision_model.embeddings.patch_embedding.weight';

/** Width of one head in every published CLIP vision tower. */
const HEAD_WIDTH = 64;

/**
 * Sizes of a CLIP vision tower from the shapes of its weights, and from its config where shapes do not tell.
 * @param configs the configs of the sources; the first that names a value wins
 */
export function clipSizes(shapes: Shapes, configs: readonly Json[]): ClipVisionSizes {
  const at = 'vision_model.';
  const hiddenSize = sizeOf(shapes, CLIP_ANCHOR, 0);
  const patchPx = sizeOf(shapes, CLIP_ANCHOR, 2);
  const positions = sizeOf(shapes, `${at}embeddings.position_embedding.weight`, 0);
  const towers = configs.map(towerOf);
  const told = (key: string): unknown => towers.find((tower) => tower[key] !== undefined)?.[key];
  const selected = configs.find((config) => config['mm_vision_select_layer'] !== undefined);
  return expectSizes(ClipVisionSizesSchema, 'CLIP', {
    hiddenSize,
    intermediateSize: sizeOf(shapes, `${at}encoder.layers.0.mlp.fc1.weight`, 0),
    layers: countOf(shapes, /^vision_model\.encoder\.layers\.(\d+)\./),
    heads: told('num_attention_heads') ?? Math.max(1, Math.floor(hiddenSize / HEAD_WIDTH)),
    sidePx: Math.round(Math.sqrt(positions - 1)) * patchPx,
    patchPx,
    activation: told('hidden_act') ?? 'quick_gelu',
    layerNormEps: told('layer_norm_eps') ?? 1e-5,
    selectLayer: selected?.['mm_vision_select_layer'] ?? -2,
  });
}

/** The part of a config that speaks of the vision tower. */
function towerOf(config: Json): Json {
  const own = config['vision_config'];
  if (typeof own === 'object' && own !== null) return own as Json;
  return config['model_type'] === 'clip_vision_model' ? config : {};
}
