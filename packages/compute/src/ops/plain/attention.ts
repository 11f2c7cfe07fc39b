import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul } from '../arithmetic.js';
import type { AttentionOptions } from '../attention.js';
import { scoreBias } from '../attention.js';
import { matMul } from '../mat-mul.js';
import type { RelativeAttentionOptions } from '../relative-attention.js';
import type { RelativeBiasOptions } from '../relative-bias.js';
import { relativeTable } from '../relative-bias.js';
import { sum } from '../reduce.js';
import { broadcastTo, expandDims, reshape } from '../shape.js';
import { softmax } from './softmax.js';

/** Every key head once for each query head that reads it: float32[B, g, T, d] to float32[B, h, T, d]. */
function repeated(x: Tensor, heads: number): Tensor {
  const [batch, keyHeads, length, width] = x.shape as [number, number, number, number];
  const spread = broadcastTo(expandDims(x, 2), [batch, keyHeads, heads / keyHeads, length, width]);
  return reshape(spread, [batch, heads, length, width]);
}

/** As the fused attention, step by step: q float32[B, h, Tq, d], k and v float32[B, g, Tk, d]. */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor {
  const [keys, values] = [repeated(k, q.shape[1]!), repeated(v, q.shape[1]!)];
  const scores = mul(matMul(q, keys, { transposeB: true }), options.scale);
  const bias = scoreBias(q, k, options);
  return matMul(softmax(bias ? add(scores, bias) : scores), values);
}

/** As relativeBias, by element-wise products of every query with every row: q float32[B, h, T, d]. */
export function relativeBias(q: Tensor, { grid, rows, columns }: RelativeBiasOptions): Tensor {
  const [height, width] = grid;
  const [batch, heads, tokens, size] = q.shape as [number, number, number, number];
  const map = reshape(q, [batch, heads, height, width, 1, size]);
  const byRow = reshape(relativeTable(rows, height), [1, 1, height, 1, height, size]);
  const byColumn = reshape(relativeTable(columns, width), [1, 1, 1, width, width, size]);
  const vertical = reshape(sum(mul(map, byRow), -1), [batch, heads, tokens, height, 1]);
  const horizontal = reshape(sum(mul(map, byColumn), -1), [batch, heads, tokens, 1, width]);
  return reshape(add(vertical, horizontal), [batch, heads, tokens, tokens]);
}

/** As relativeAttention: the bias as a whole, and attention step by step. */
export function relativeAttention(q: Tensor, k: Tensor, v: Tensor, options: RelativeAttentionOptions): Tensor {
  return attention(q, k, v, { scale: options.scale, bias: relativeBias(q, options) });
}
