import type { ParamSpec, Specs } from '@sim4seg/compute';
import { patchCount } from './sizes.js';
import type { ClipVisionSizes } from './sizes.js';

const ROOT = 'vision_model.';

/**
 * Parameters of a CLIP vision tower with their official checkpoint keys.
 * @source transformers 4.31 modeling_clip.py, CLIPVisionModel (its `pre_layrnorm` included)
 */
export function clipVisionParams(sizes: ClipVisionSizes): Specs<ParamSpec> {
  const { hiddenSize: width, patchPx } = sizes;
  const specs: Record<string, ParamSpec> = {
    'embeddings.class_embedding': { dims: [width], init: { normal: 0.02 } },
    'embeddings.patch_embedding.weight': { dims: [width, 3, patchPx, patchPx] },
    'embeddings.position_embedding.weight': { dims: [patchCount(sizes) + 1, width], init: { normal: 0.02 } },
    ...norm('pre_layrnorm', width),
    ...Object.assign({}, ...Array.from({ length: sizes.layers }, (_, layer) => layerParams(sizes, layer))),
    ...norm('post_layernorm', width),
  };
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, key: ROOT + name }]));
}

function layerParams({ hiddenSize, intermediateSize }: ClipVisionSizes, layer: number): Record<string, ParamSpec> {
  const at = `encoder.layers.${layer}.`;
  const projections = ['q_proj', 'k_proj', 'v_proj', 'out_proj'].map((name) =>
    linear(`${at}self_attn.${name}`, hiddenSize, hiddenSize),
  );
  return {
    ...norm(`${at}layer_norm1`, hiddenSize),
    ...Object.assign({}, ...projections),
    ...norm(`${at}layer_norm2`, hiddenSize),
    ...linear(`${at}mlp.fc1`, intermediateSize, hiddenSize),
    ...linear(`${at}mlp.fc2`, hiddenSize, intermediateSize),
  };
}

const norm = (name: string, width: number): Record<string, ParamSpec> => ({
  [`${name}.weight`]: { dims: [width], init: 'ones' },
  [`${name}.bias`]: { dims: [width], init: 'zeros' },
});

const linear = (name: string, out: number, into: number): Record<string, ParamSpec> => ({
  [`${name}.weight`]: { dims: [out, into] },
  [`${name}.bias`]: { dims: [out], init: 'zeros' },
});
