import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { linear, linearSpecs } from './params.js';
import type { ParamSpecs, Tensors } from './params.js';

export interface AttentionSizes {
  readonly width: number;
  /** Width inside the attention; SAM halves it where tokens and image attend to each other. */
  readonly innerWidth: number;
}

export function attentionSpecs({ width, innerWidth }: AttentionSizes): ParamSpecs {
  return {
    ...linearSpecs('q_proj', width, innerWidth),
    ...linearSpecs('k_proj', width, innerWidth),
    ...linearSpecs('v_proj', width, innerWidth),
    ...linearSpecs('out_proj', innerWidth, width),
  };
}

/**
 * Multi-head attention with projections.
 * - `q` float32[B,Tq,C], `k`, `v` float32[B,Tk,C]; returns float32[B,Tq,C]
 * @source segment-anything modeling/transformer.py Attention
 * @deviation none
 */
export function attend(
  p: Tensors,
  { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
  { heads }: { readonly heads: number },
): Tensor {
  const query = splitHeads(linear(p, 'q_proj', q), heads);
  const key = splitHeads(linear(p, 'k_proj', k), heads);
  const value = splitHeads(linear(p, 'v_proj', v), heads);
  const headWidth = query.shape[3] ?? 1;
  const out = ops.attention(query, key, value, { scale: 1 / Math.sqrt(headWidth) });
  return linear(p, 'out_proj', joinHeads(out));
}

/** float32[B,T,h*d] to float32[B,h,T,d]. */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch = 1, length = 1, width = 1] = x.shape;
  return ops.transpose(ops.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** float32[B,h,T,d] to float32[B,T,h*d]. */
export function joinHeads(x: Tensor): Tensor {
  const [batch = 1, heads = 1, length = 1, headWidth = 1] = x.shape;
  return ops.reshape(ops.transpose(x, [0, 2, 1, 3]), [batch, length, heads * headWidth]);
}
