import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import { add } from './arithmetic.js';
import { attention } from './attention.js';
import type { AttentionOptions } from './attention.js';
import { matMul } from './mat-mul.js';
import { concat, reshape, split, transpose } from './shape.js';
import { softmax } from './softmax.js';

/** Keys and values of tokens that were read before. */
export interface KeyValueCache {
  /** float32[B, g, P, d]; rotated where the model rotates */
  readonly key: Tensor;
  /** float32[B, g, P, d] */
  readonly value: Tensor;
}

export interface CachedAttentionOptions extends AttentionOptions {
  readonly past: KeyValueCache;
}

/**
 * {@link attention} of new tokens over those of a cache and themselves, and the cache that the next tokens read.
 * With `causal` the last query stands at the last key. `bias` and `keyMask` count all P + T keys.
 * @param q float32[B, h, T, d]
 * @param k float32[B, g, T, d]
 * @param v float32[B, g, T, d]
 * @returns output float32[B, h, T, d]; present float32[B, g, P + T, d] each
 * @throws SHAPE_MISMATCH
 */
export function attentionWithCache(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { past, ...options }: CachedAttentionOptions,
): { readonly output: Tensor; readonly present: KeyValueCache } {
  const present = { key: concat([past.key, k], 2), value: concat([past.value, v], 2) };
  return { output: attention(q, present.key, present.value, options), present };
}

export interface PrefixAttentionOptions {
  /** Factor on the products of queries and keys. */
  readonly scale: number;
  /** One prefix for all paths: float32[g, P, d] each, without batch axis. */
  readonly prefix: KeyValueCache;
  /** Each path's own tokens: float32[m, g, S, d] each. */
  readonly suffix: KeyValueCache;
  /** float32[m, P + S + 1]: prefix, suffix, the token itself; very negative where a slot is not filled. */
  readonly bias: Tensor;
}

/** float32[m, g, n, a] times the rows of one prefix, read once for all paths: they are rows of one product. */
function overPrefix(x: Tensor, prefix: Tensor, form: { transposeB: boolean; alpha?: number }): Tensor {
  const [paths, heads, group, width] = x.shape as [number, number, number, number];
  const rows = reshape(transpose(x, [1, 0, 2, 3]), [heads, paths * group, width]);
  const product = matMul(rows, prefix, form);
  return transpose(reshape(product, [heads, paths, group, product.shape[2]!]), [1, 0, 2, 3]);
}

function checkPrefix(q: Tensor, k: Tensor, { prefix, suffix, bias }: PrefixAttentionOptions): void {
  const [paths, heads = 0, one, width] = q.shape;
  const keyHeads = k.shape[1] ?? 0;
  const [before = 0, own = 0] = [prefix.key.shape[1], suffix.key.shape[2]];
  const fits =
    one === 1 &&
    heads % keyHeads === 0 &&
    sameShape(k.shape, [paths!, keyHeads, 1, width!]) &&
    sameShape(prefix.key.shape, [keyHeads, before, width!]) &&
    sameShape(suffix.key.shape, [paths!, keyHeads, own, width!]) &&
    sameShape(bias.shape, [paths!, before + own + 1]);
  const must = 'q is [m, h, 1, d], k [m, g, 1, d], prefix [g, P, d], suffix [m, g, S, d], bias [m, P + S + 1]';
  mustFit(fits, 'prefixAttention', must, describeShapes(q, k, prefix.key, suffix.key, bias));
}

/**
 * Attention of one new token a path over a prefix that all paths share, the path's own tokens and itself, in one
 * softmax. Equal to {@link attention} over the joined keys, but the prefix is neither copied nor read per path, and the
 * new rows stay apart, so that a caller stores them instead of a grown cache.
 * @param q float32[m, h, 1, d]
 * @param k float32[m, g, 1, d]
 * @param v float32[m, g, 1, d]
 * @returns float32[m, h, 1, d]
 * @throws SHAPE_MISMATCH
 */
export function prefixAttention(q: Tensor, k: Tensor, v: Tensor, options: PrefixAttentionOptions): Tensor {
  checkPrefix(q, k, options);
  const { prefix, suffix, bias, scale: alpha } = options;
  const [paths, heads, , width] = q.shape as [number, number, number, number];
  const keyHeads = k.shape[1]!;
  const query = reshape(q, [paths, keyHeads, heads / keyHeads, width]);
  const products = { transposeB: true, alpha };
  const parts = [
    overPrefix(query, prefix.key, products),
    matMul(query, suffix.key, products),
    matMul(query, k, products),
  ];
  const scores = add(concat(parts, 3), reshape(bias, [paths, 1, 1, bias.shape[1]!]));
  const lengths = [prefix.key.shape[1]!, suffix.key.shape[2]!, 1];
  const [onPrefix, onSuffix, onSelf] = split(softmax(scores), lengths, 3) as [Tensor, Tensor, Tensor];
  const own = add(matMul(onSuffix, suffix.value), matMul(onSelf, v));
  const attended = add(overPrefix(onPrefix, prefix.value, { transposeB: false }), own);
  return reshape(attended, [paths, heads, 1, v.shape[3]!]);
}
