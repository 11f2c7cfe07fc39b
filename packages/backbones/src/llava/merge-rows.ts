import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';

export interface MergeTables {
  /** float32[V,D] */
  readonly tokens: Tensor;
  /** float32[images,T,D]; behind the projector */
  readonly images: Tensor;
}

/**
 * Embeddings of a merged batch; the token table has a gradient, and is not copied.
 * - `sources`: int32[B,L]; rows of [token table; image rows; one row of zeros], as `planMerge` writes them
 * - returns float32[B,L,D]
 * @source LLaVA llava_arch.py, prepare_inputs_labels_for_multimodal
 */
export function mergeRows(sources: Tensor, { tokens, images }: MergeTables): Tensor {
  const [vocabulary, width] = tokens.shape as [number, number];
  const [count, patches] = images.shape as [number, number];
  const zero = ops.zeros([1, width]);
  const imageTable = ops.concat([ops.reshape(images, [count * patches, width]), zero], 0);
  const isText = ops.less(sources, vocabulary);
  const onText = ops.embedding(tokens, ops.minimum(sources, vocabulary - 1));
  const onImage = ops.embedding(imageTable, ops.maximum(ops.sub(sources, vocabulary), 0));
  return ops.where(ops.expandDims(isText, 2), onText, onImage);
}
