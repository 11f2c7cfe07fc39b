import { ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { attend, attentionSpecs } from '../blocks/attention.js';
import { layerNorm, linear, linearSpecs, normSpecs } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';

export interface TwoWaySizes {
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly depth: number;
}

/** Tokens and image of a two-way block; `tokens` float32[B,N,C], `image` float32[B,h*w,C]. */
export interface TwoWayState {
  readonly tokens: Tensor;
  readonly image: Tensor;
}

export function twoWayBlockSpecs({ width, mlpWidth }: TwoWaySizes): ParamSpecs {
  const cross = attentionSpecs({ width, innerWidth: width / 2 });
  return {
    ...prefixSpecs('self_attn.', attentionSpecs({ width, innerWidth: width })),
    ...normSpecs('norm1', width),
    ...prefixSpecs('cross_attn_token_to_image.', cross),
    ...normSpecs('norm2', width),
    ...linearSpecs('mlp.lin1', width, mlpWidth, Math.SQRT2),
    ...linearSpecs('mlp.lin2', mlpWidth, width),
    ...normSpecs('norm3', width),
    ...normSpecs('norm4', width),
    ...prefixSpecs('cross_attn_image_to_token.', cross),
  };
}

/**
 * One block: tokens attend to themselves and to the image, then the image attends to the tokens.
 * - `code.tokens` float32[B,N,C], `code.image` float32[1,h*w,C]; added to queries and keys, never to values
 * The first block has no position term in its self-attention and replaces the tokens by its result.
 * @source segment-anything modeling/transformer.py TwoWayAttentionBlock
 * @deviation none
 */
export function twoWayBlock(
  p: Tensors,
  { tokens, image }: TwoWayState,
  { code, heads, first }: { readonly code: TwoWayState; readonly heads: number; readonly first: boolean },
): TwoWayState {
  const attentionOf = (name: string, q: Tensor, k: Tensor, v: Tensor): Tensor =>
    attend(scopeParams(p, `${name}.`), { q, k, v }, { heads });
  const coded = first ? tokens : ops.add(tokens, code.tokens);
  const self = attentionOf('self_attn', coded, coded, tokens);
  let queries = layerNorm(p, 'norm1', first ? self : ops.add(tokens, self));
  const imageKeys = ops.add(image, code.image);
  const seen = attentionOf('cross_attn_token_to_image', ops.add(queries, code.tokens), imageKeys, image);
  queries = layerNorm(p, 'norm2', ops.add(queries, seen));
  const mixed = linear(p, 'mlp.lin2', ops.relu(linear(p, 'mlp.lin1', queries)));
  queries = layerNorm(p, 'norm3', ops.add(queries, mixed));
  const told = attentionOf('cross_attn_image_to_token', imageKeys, ops.add(queries, code.tokens), queries);
  return { tokens: queries, image: layerNorm(p, 'norm4', ops.add(image, told)) };
}
