import type { Tensor } from '@tensorflow/tfjs-core';
import { broadcastTo, reshape } from './shape.js';

/**
 * The queries of all heads that read one key head as the rows of one product, so that keys and values are not
 * repeated: float32[B, h, T, d] to float32[B, g, (h / g) T, d].
 */
export function foldQueries(q: Tensor, keyHeads: number): Tensor {
  const [batch, heads, length, width] = q.shape as [number, number, number, number];
  return reshape(q, [batch, keyHeads, (heads / keyHeads) * length, width]);
}

/** float32[B, g, (h / g) T, d] to the heads and length of q, float32[B, h, T, d]. */
export function unfoldQueries(y: Tensor, q: Tensor): Tensor {
  return reshape(y, [...q.shape.slice(0, 3), y.shape[3]!]);
}

/** A bias of the scores in the form of folded queries. */
export function foldBias(bias: Tensor, q: Tensor, keyHeads: number): Tensor {
  const aligned = [...new Array<number>(4 - bias.rank).fill(1), ...bias.shape];
  const [batch, heads, length, keys] = aligned as [number, number, number, number];
  if (heads === 1 && length === 1) return reshape(bias, aligned);
  const [, all, queries] = q.shape as [number, number, number];
  const group = all / keyHeads;
  const kept = heads === 1 ? 1 : keyHeads;
  const spread = broadcastTo(reshape(bias, [batch, kept, heads / kept, length, keys]), [
    batch,
    kept,
    group,
    queries,
    keys,
  ]);
  return reshape(spread, [batch, kept, group * queries, keys]);
}
