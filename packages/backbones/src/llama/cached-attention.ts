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
 * Attention of one new token a path over the shared prefix, the path's suffix and itself, in one softmax. The prefix
 * is read once for all paths: they are folded into the rows of one product.
 * - `step`: query float32[m,heads,1,d], key and value float32[m,keyValueHeads,1,d]
 * - returns float32[m,1,D], before the output projection
 * Equal to attention over the joined keys; paths do not see each other.
 */
export function attendCached(step: QueryKeyValue, cache: LayerCache, sizes: LlamaSizes): Tensor {
  const { heads, keyValueHeads } = sizes;
  const width = headWidth(sizes);
  const paths = step.query.shape[0]!;
  const grouped = { paths, keyValueHeads, group: heads / keyValueHeads };
  const query = ops.reshape(step.query, [paths, keyValueHeads, grouped.group, width]);
  const scores = ops.concat(
    [
      overPrefix(query, cache.keys.prefix, { ...grouped, transposeB: true }),
      ops.matMul(query, cache.keys.suffix, { transposeB: true }),
      ops.matMul(query, step.key, { transposeB: true }),
    ],
    3,
  );
  const bias = ops.reshape(cache.bias, [paths, 1, 1, scores.shape[3]!]);
  const weights = ops.softmax(ops.add(ops.mul(scores, 1 / Math.sqrt(width)), bias));
  const lengths = [cache.values.prefix.shape[1]!, cache.values.suffix.shape[2]!, 1];
  const [onPrefix, onSuffix, onSelf] = ops.split(weights, lengths, 3);
  const attended = ops.add(
    overPrefix(onPrefix!, cache.values.prefix, { ...grouped, transposeB: false }),
    ops.add(ops.matMul(onSuffix!, cache.values.suffix), ops.matMul(onSelf!, step.value)),
  );
  return ops.reshape(attended, [paths, 1, heads * width]);
}

interface PrefixProduct {
  readonly paths: number;
  readonly keyValueHeads: number;
  readonly group: number;
  readonly transposeB: boolean;
}

/** float32[m,keyValueHeads,group,n] times the prefix rows of its head -> float32[m,keyValueHeads,group,n']. */
function overPrefix(x: Tensor, prefix: Tensor, { paths, keyValueHeads, group, transposeB }: PrefixProduct): Tensor {
  const rows = ops.reshape(ops.transpose(x, [1, 0, 2, 3]), [keyValueHeads, paths * group, x.shape[3]!]);
  const product = ops.matMul(rows, prefix, { transposeB });
  const width = product.shape[2]!;
  return ops.transpose(ops.reshape(product, [keyValueHeads, paths, group, width]), [1, 0, 2, 3]);
}
