import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import { add } from './arithmetic.js';
import { causalBias, keyBias } from './attention-bias.js';
import { runAttention } from './attention-kernel.js';
import { foldBias, foldQueries, unfoldQueries } from './grouped-queries.js';

export interface AttentionOptions {
  /** Factor on the products of queries and keys. */
  readonly scale: number;
  /** float32, broadcastable to [B, h, Tq, Tk]: added to the scaled products. */
  readonly bias?: Tensor | null;
  /** The last query stands at the last key, and no query sees a later key. False by default. */
  readonly causal?: boolean;
  /** bool[B or 1, Tk]: keys that are there; the others are padding. */
  readonly keyMask?: Tensor | null;
}

function checkShapes(q: Tensor, k: Tensor, v: Tensor): void {
  const [batch, heads = 0, , width] = q.shape;
  const [, keyHeads = 0, keys] = k.shape;
  const fits =
    q.rank === 4 &&
    v.rank === 4 &&
    heads % keyHeads === 0 &&
    sameShape(k.shape, [batch!, keyHeads, keys!, width!]) &&
    sameShape(v.shape.slice(0, 3), [batch!, keyHeads, keys!]);
  const must = 'q is [B, h, Tq, d], k and v are [B, g, Tk, d], and g divides h';
  mustFit(fits, 'attention', must, describeShapes(q, k, v));
}

function checkBias(bias: Tensor, q: Tensor, k: Tensor): void {
  const full = [...q.shape.slice(0, 3), k.shape[2]!].slice(4 - bias.rank);
  const stretches = bias.rank <= 4 && bias.shape.every((n, i) => n === 1 || n === full[i]);
  mustFit(stretches, 'attention', 'bias broadcasts to [B, h, Tq, Tk]', describeShapes(q, k, bias));
}

function checkKeyMask(mask: Tensor, k: Tensor): void {
  const [rows, keys] = mask.shape;
  const fits = mask.rank === 2 && (rows === 1 || rows === k.shape[0]) && keys === k.shape[2];
  mustFit(fits, 'attention', 'keyMask is [B or 1, Tk]', describeShapes(mask, k));
}

/** Everything that is added to the scores, as one tensor that broadcasts to [B, h, Tq, Tk]; null where nothing is. */
export function scoreBias(q: Tensor, k: Tensor, options: Omit<AttentionOptions, 'scale'>): Tensor | null {
  const { bias = null, causal = false, keyMask = null } = options;
  const [queries, keys] = [q.shape[2]!, k.shape[2]!];
  if (bias) checkBias(bias, q, k);
  if (keyMask) checkKeyMask(keyMask, k);
  if (causal) mustFit(keys >= queries, 'attention', 'with causal there are at least Tq keys', describeShapes(q, k));
  const parts = [bias, causal ? causalBias(queries, keys) : null, keyMask ? keyBias(keyMask) : null];
  return parts
    .filter((part) => part !== null)
    .reduce<Tensor | null>((sum, part) => (sum ? add(sum, part) : part), null);
}

/**
 * softmax(scale * q k^T + bias) v, for each image and head. With fewer key heads than query heads (grouped queries)
 * query head i reads key head floor(i / (h / g)). A query that may see no key at all gets the mean of the values.
 * @param q float32[B, h, Tq, d]
 * @param k float32[B, g, Tk, d], g divides h
 * @param v float32[B, g, Tk, d]; its width may differ
 * @returns float32[B, h, Tq, d]
 * @throws SHAPE_MISMATCH
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  checkShapes(q, k, v);
  const { scale } = options;
  const bias = scoreBias(q, k, options);
  if (q.shape[1] === k.shape[1]) return runAttention(q, k, v, { scale, bias });
  const folded = bias && foldBias(bias, q, k.shape[1]!);
  return unfoldQueries(runAttention(foldQueries(q, k.shape[1]!), k, v, { scale, bias: folded }), q);
}
