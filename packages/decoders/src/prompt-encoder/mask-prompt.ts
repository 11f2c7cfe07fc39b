import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { conv, take } from '../blocks/params.js';
import type { Tensors } from '../blocks/params.js';

const LAYER_NORM_EPS = 1e-6;

/** How the layer norm of the mask path averages: over channels, or over rows as the reference does on rank-3 masks. */
export type MaskNormalisation = 'channels' | 'rows';

/**
 * The dense prompt embedding of a mask prompt, with every stage that a comparison may look at.
 * - `mask` float32[B,1,4h,4w]; model frame; logits; returns `dense` float32[B,C,h,w] and `stages` by official index
 * @source segment-anything modeling/prompt_encoder.py mask_downscaling
 * @deviation none with 'channels'; 'rows' reproduces a rank-3 mask in Sim4Seg (docs/adr/0024)
 */
export function maskPrompt(
  p: Tensors,
  mask: Tensor,
  normalisation: MaskNormalisation = 'channels',
): { readonly dense: Tensor; readonly stages: Readonly<Record<number, Tensor>> } {
  const norm = normalisation === 'rows' ? normOverRows : normOverChannels;
  const first = conv(p, 'mask_downscaling.0', mask, { stride: 2 });
  const firstNormed = norm(p, 'mask_downscaling.1', first);
  const second = conv(p, 'mask_downscaling.3', ops.gelu(firstNormed), { stride: 2 });
  const secondNormed = norm(p, 'mask_downscaling.4', second);
  const dense = conv(p, 'mask_downscaling.6', ops.gelu(secondNormed));
  return { dense, stages: { 0: first, 1: firstNormed, 3: second, 4: secondNormed } };
}

/** The dense embedding where there is no mask prompt: float32[1,C,h,w]. */
export function noMaskPrompt(
  p: Tensors,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const row = take(p, 'no_mask_embed.weight');
  const channels = row.shape[1] ?? 1;
  return ops.broadcastTo(ops.reshape(row, [1, channels, 1, 1]), [1, channels, height, width]);
}

function normOverChannels(p: Tensors, name: string, x: Tensor): Tensor {
  return ops.layerNorm2d(x, take(p, `${name}.weight`), take(p, `${name}.bias`), LAYER_NORM_EPS);
}

function normOverRows(p: Tensors, name: string, x: Tensor): Tensor {
  const channels = x.shape[1] ?? 1;
  const centred = ops.sub(x, ops.mean(x, [2], true));
  const variance = ops.mean(ops.square(centred), [2], true);
  const normed = ops.div(centred, ops.sqrt(ops.add(variance, ops.scalar(LAYER_NORM_EPS))));
  const perChannel = (part: string): Tensor => ops.reshape(take(p, `${name}.${part}`), [1, channels, 1, 1]);
  return ops.add(ops.mul(normed, perChannel('weight')), perChannel('bias'));
}
