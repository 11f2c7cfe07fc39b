import type { Tensor } from '@tensorflow/tfjs-core';
import { isTaped } from '../kernel/differentiate.js';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import { add } from './arithmetic.js';
import { attention } from './attention.js';
import { matMul } from './mat-mul.js';
import { relativeBias, relativeProducts } from './relative-bias.js';
import type { RelativeBiasOptions } from './relative-bias.js';
import { concat, reshape, slice } from './shape.js';
import { softmax } from './softmax.js';

export interface RelativeAttentionOptions extends RelativeBiasOptions {
  /** Factor on the products of queries and keys. */
  readonly scale: number;
  /** Most scores of an image in memory at a time, at least those of a row of the grid; 50 MB by default. */
  readonly scoresAtOnce?: number;
}

/** At 4096 tokens and 12 heads all scores would take 800 MB. */
const SCORES_AT_ONCE = 12 * 2 ** 20;

/** Queries whose scores are taken together: whole rows of the grid. */
function queriesAtOnce(q: Tensor, { grid, scoresAtOnce = SCORES_AT_ONCE }: RelativeAttentionOptions): number {
  const [, heads = 1, tokens = 1] = q.shape;
  const [height, width] = grid;
  return width * Math.min(height, Math.max(1, Math.floor(scoresAtOnce / (heads * width * tokens))));
}

/**
 * {@link attention} of a grid of tokens over itself with {@link relativeBias}. For training the bias is a tensor like any
 * other. For inference its two parts are added to the scores of some queries at a time, in the memory of the scores:
 * neither the bias nor all scores ever exist.
 * @param q float32[B, h, T, d], T in row-major order of the grid
 * @param k float32[B, h, T, d]
 * @param v float32[B, h, T, d]
 * @returns float32[B, h, T, d]
 * @throws SHAPE_MISMATCH
 */
export function relativeAttention(q: Tensor, k: Tensor, v: Tensor, options: RelativeAttentionOptions): Tensor {
  const fits = sameShape(q.shape, k.shape) && sameShape(q.shape, v.shape);
  mustFit(fits, 'relativeAttention', 'q, k and v are [B, h, T, d]', describeShapes(q, k, v));
  const { scale: alpha, grid } = options;
  if (isTaped()) return attention(q, k, v, { scale: alpha, bias: relativeBias(q, options) });
  const [batch, heads, tokens] = q.shape as [number, number, number];
  const { vertical, horizontal } = relativeProducts(q, options);
  const most = queriesAtOnce(q, options);
  const attended = Array.from({ length: Math.ceil(tokens / most) }, (_, i) => {
    const [from, count] = [i * most, Math.min(most, tokens - i * most)];
    const part = (x: Tensor): Tensor => slice(x, [0, 0, from], [-1, -1, count]);
    const products = reshape(matMul(part(q), k, { transposeB: true, alpha }), [batch, heads, count, ...grid]);
    const scores = add(add(products, part(vertical)), part(horizontal));
    return matMul(softmax(reshape(scores, [batch, heads, count, tokens])), v);
  });
  return concat(attended, 2);
}
