import { ops } from '@sim4seg/compute';
import type { ParamSpec, Specs, Tensor, Tensors } from '@sim4seg/compute';
import type { LlavaSizes } from './sizes.js';

type ProjectorSizes = Pick<LlavaSizes, 'projector' | 'vision'> & { readonly llama: { readonly hiddenSize: number } };

const KEY = 'model.mm_projector';

/**
 * Parameters of the projector from vision features to the LLaMA's embeddings, with their official keys.
 * @source LLaVA multimodal_projector/builder.py, build_vision_projector
 */
export function llavaProjectorParams({ projector, vision, llama }: ProjectorSizes): Specs<ParamSpec> {
  const { hiddenSize: width } = llama;
  if (projector === 'linear') return layer('projector', KEY, [width, vision.hiddenSize]);
  return {
    ...layer('projector.0', `${KEY}.0`, [width, vision.hiddenSize]),
    ...layer('projector.2', `${KEY}.2`, [width, width]),
  };
}

/** Vision features float32[images,T,visionWidth] as embeddings float32[images,T,D]. */
export function projectFeatures(p: Tensors, features: Tensor, { projector }: Pick<LlavaSizes, 'projector'>): Tensor {
  const apply = (name: string, x: Tensor): Tensor => ops.linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);
  if (projector === 'linear') return apply('projector', features);
  return apply('projector.2', ops.gelu(apply('projector.0', features)));
}

const layer = (name: string, key: string, dims: readonly [number, number]): Record<string, ParamSpec> => ({
  [`${name}.weight`]: { dims, key: `${key}.weight` },
  [`${name}.bias`]: { dims: [dims[0]], init: 'zeros', key: `${key}.bias` },
});
