import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import type { QueryKeyValue } from './attention.js';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';

/** Keys or values that a decode step reads: one shared prefix and each path's own suffix. */
export interface CachedRows {
  /** float32[keyValueHeads,P,d]; no batch axis */
  readonly prefix: Tensor;
  /** float32[m,keyValueHeads,S,d] */
  readonly suffix: Tensor;
}

export interface LayerCache {
  readonly keys: CachedRows;
  readonly values: CachedRows;
  /** float32[m,P+S+1]; prefix, suffix, the token itself */
  readonly bias: Tensor;
}

/**
 * Attention of one new token a path over the shared prefix, the path's suffix and itself, in one softmax.
 * - `step`: query float32[m,heads,1,d], key and value float32[m,keyValueHeads,1,d]
 * - returns float32[m,1,D], before the output projection
 * Equal to attention over the joined keys; paths do not see each other.
 */
export function attendCached(step: QueryKeyValue, { keys, values, bias }: LayerCache, sizes: LlamaSizes): Tensor {
  const attended = ops.prefixAttention(step.query, step.key, step.value, {
    scale: 1 / Math.sqrt(headWidth(sizes)),
    prefix: { key: keys.prefix, value: values.prefix },
    suffix: { key: keys.suffix, value: values.suffix },
    bias,
  });
  const [paths, heads, , width] = attended.shape as [number, number, number, number];
  return ops.reshape(attended, [paths, 1, heads * width]);
}
