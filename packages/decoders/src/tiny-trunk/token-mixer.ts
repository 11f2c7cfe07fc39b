import { ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { attend, attentionSpecs } from '../blocks/attention.js';
import { layerNorm, linear, linearSpecs, normSpecs, take } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';

export interface MixerSizes {
  readonly width: number;
  readonly tokens: number;
  readonly blocks: number;
  readonly heads: number;
}

/** Deviation of the learned positions: comparable to the tokens, or they would not be noticed. */
const POSITION_DEVIATION = 0.3;

/** Pre-norm attention blocks on a token grid with a learned position a token, and a final norm. */
export function tokenMixerSpecs({ width, tokens, blocks }: MixerSizes): ParamSpecs {
  const block = {
    ...normSpecs('norm1', width),
    ...prefixSpecs('attention.', attentionSpecs({ width, innerWidth: width })),
    ...normSpecs('norm2', width),
    ...linearSpecs('mlp.lin1', width, 2 * width),
    ...linearSpecs('mlp.lin2', 2 * width, width),
  };
  return Object.assign(
    { position: { dims: [tokens, width], init: { normal: POSITION_DEVIATION } } },
    ...Array.from({ length: blocks }, (_, i) => prefixSpecs(`blocks.${i}.`, block)),
    normSpecs('norm', width),
  ) as ParamSpecs;
}

/** float32[B,T,C] to float32[B,T,C], normalised. */
export function mixTokens(p: Tensors, tokens: Tensor, { blocks, heads }: MixerSizes): Tensor {
  let x = ops.add(tokens, ops.expandDims(take(p, 'position'), 0));
  for (let i = 0; i < blocks; i++) x = block(scopeParams(p, `blocks.${i}.`), x, heads);
  return layerNorm(p, 'norm', x);
}

function block(p: Tensors, x: Tensor, heads: number): Tensor {
  const normed = layerNorm(p, 'norm1', x);
  const attended = ops.add(x, attend(scopeParams(p, 'attention.'), { q: normed, k: normed, v: normed }, { heads }));
  const inner = ops.gelu(linear(p, 'mlp.lin1', layerNorm(p, 'norm2', attended)));
  return ops.add(attended, linear(p, 'mlp.lin2', inner));
}
