import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { joinHeads, splitHeads } from '../blocks/attention.js';
import { layerNorm, linear, take } from '../blocks/params.js';
import type { Tensors } from '../blocks/params.js';
import { fromWindows, toWindows } from './windows.js';

export interface BlockOptions {
  readonly heads: number;
  /** Side of the window in patches; 0 for the whole image. */
  readonly window: number;
  readonly normEps: number;
}

/** Attention with a block's relative positions, where it has them. */
function attendInGrid(p: Tensors, qkv: readonly Tensor[], grid: readonly [number, number]): Tensor {
  const [query, key, value] = qkv as readonly [Tensor, Tensor, Tensor];
  const [rows, columns] = [p['attn.rel_pos_h'], p['attn.rel_pos_w']];
  const scale = Math.sqrt(1 / query.shape[3]!);
  if (!rows || !columns) return ops.attention(query, key, value, { scale });
  ops.tap('Rh', ops.relativeTable(rows, grid[0]));
  ops.tap('Rw', ops.relativeTable(columns, grid[1]));
  return ops.relativeAttention(query, key, value, { scale, grid, rows, columns });
}

/**
 * Multi-head self-attention over the tokens of each map or window.
 * @param x float32[N,h,w,C]
 * @returns float32[N,h,w,C]
 * @source segment-anything modeling/image_encoder.py Attention
 */
function attend(p: Tensors, x: Tensor, heads: number): Tensor {
  const [count, height, width, channels] = x.shape as [number, number, number, number];
  const rows = ops.reshape(x, [count, height * width, channels]);
  const parts = ops.jointLinear(rows, take(p, 'attn.qkv.weight'), p['attn.qkv.bias'] ?? null, 3);
  const byHead = parts.map((part) => splitHeads(part, heads));
  const attended = attendInGrid(p, byHead, [height, width]);
  return ops.reshape(linear(p, 'attn.proj', joinHeads(attended)), x.shape);
}

/**
 * One transformer block of SAM's image encoder.
 * @param x float32[B,H,W,C]
 * @returns float32[B,H,W,C]
 * @source segment-anything modeling/image_encoder.py Block
 * @deviation none
 */
export function encoderBlock(p: Tensors, x: Tensor, { heads, window, normEps }: BlockOptions): Tensor {
  const [, height, width] = x.shape as [number, number, number, number];
  const normed = ops.tap('norm1', layerNorm(p, 'norm1', x, normEps));
  const parts = window ? ops.tap('windows', toWindows(normed, window)) : normed;
  const attended = ops.tap('attn', attend(p, parts, heads));
  const residual = ops.add(x, window ? fromWindows(attended, [height, width]) : attended);
  const hidden = ops.gelu(linear(p, 'mlp.lin1', layerNorm(p, 'norm2', residual, normEps)));
  return ops.add(residual, ops.tap('mlp', linear(p, 'mlp.lin2', hidden)));
}
