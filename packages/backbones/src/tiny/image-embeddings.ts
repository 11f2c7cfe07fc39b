import { ops } from '@sim4seg/compute';
import type { ParamSpec, Specs, Tensor } from '@sim4seg/compute';
import { sinePositions } from './sine-positions.js';
import { imageTokenCount } from './sizes.js';
import type { TinySizes } from './sizes.js';

/** Size (rms) of image and text embeddings at the start; positions are matched to it. */
const EMBEDDING_RMS = 0.5;
const SINE_RMS = Math.SQRT1_2;

/** Projector of two layers (LLaVA's mlp2x_gelu) and the norm that fixes the size of image embeddings. */
export function projectorParams({ featureChannels, llama: { hiddenSize } }: TinySizes): Specs<ParamSpec> {
  const init = { fanIn: Math.sqrt(3) };
  return {
    'mm_projector.0.weight': { dims: [hiddenSize, featureChannels], init, key: 'model.mm_projector.0.weight' },
    'mm_projector.0.bias': { dims: [hiddenSize], init: 'zeros', key: 'model.mm_projector.0.bias' },
    'mm_projector.2.weight': { dims: [hiddenSize, hiddenSize], init, key: 'model.mm_projector.2.weight' },
    'mm_projector.2.bias': { dims: [hiddenSize], init: 'zeros', key: 'model.mm_projector.2.bias' },
    'image_norm.weight': { dims: [hiddenSize], init: { constant: EMBEDDING_RMS } },
  };
}

/**
 * Vision features as embeddings in front of the text.
 * - `features`: float32[images,C,side,side]; NCHW; model frame
 * - returns float32[images,T,D]; row-major token grid
 * @deviation from LLaVA: an RMS norm and fixed 2-D positions, without which a small model does not learn places
 */
export function imageEmbeddings(p: Record<string, Tensor>, features: Tensor, sizes: TinySizes): Tensor {
  const count = imageTokenCount(sizes);
  const images = features.shape[0]!;
  const tokens = ops.transpose(ops.reshape(features, [images, sizes.featureChannels, count]), [0, 2, 1]);
  const inner = ops.gelu(ops.linear(tokens, p['mm_projector.0.weight']!, p['mm_projector.0.bias']!));
  const projected = ops.linear(inner, p['mm_projector.2.weight']!, p['mm_projector.2.bias']!);
  const sized = ops.rmsNorm(projected, p['image_norm.weight']!, sizes.llama.rmsNormEps);
  const positions = sinePositions(sizes.tokenSide, sizes.llama.hiddenSize, EMBEDDING_RMS / SINE_RMS);
  return ops.add(sized, ops.tensor(positions, [1, count, sizes.llama.hiddenSize]));
}
