import { ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import { attend, attentionSpecs } from '../blocks/attention.js';
import { layerNorm, normSpecs } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';
import { twoWayBlock, twoWayBlockSpecs } from './two-way-block.js';
import type { TwoWaySizes, TwoWayState } from './two-way-block.js';

export function twoWaySpecs(sizes: TwoWaySizes): ParamSpecs {
  const blocks = Array.from({ length: sizes.depth }, (_, i) => prefixSpecs(`layers.${i}.`, twoWayBlockSpecs(sizes)));
  const cross = attentionSpecs({ width: sizes.width, innerWidth: sizes.width / 2 });
  return Object.assign(
    {},
    ...blocks,
    prefixSpecs('final_attn_token_to_image.', cross),
    normSpecs('norm_final_attn', sizes.width),
  ) as ParamSpecs;
}

/**
 * The transformer of SAM's mask decoder.
 * - `start.tokens` float32[B,N,C], `start.image` float32[B,h*w,C], `imageCode` float32[1,h*w,C]; the position code of a
 *   token is its start value
 * @returns tokens and image after all blocks, same shapes
 * @source segment-anything modeling/transformer.py TwoWayTransformer
 * @deviation none
 */
export function twoWayTransformer(
  p: Tensors,
  start: TwoWayState,
  {
    imageCode,
    heads,
    depth,
  }: { readonly imageCode: TwoWayState['image']; readonly heads: number; readonly depth: number },
): TwoWayState {
  const code = { tokens: start.tokens, image: imageCode };
  let state = start;
  for (let i = 0; i < depth; i++) {
    state = twoWayBlock(scopeParams(p, `layers.${i}.`), state, { code, heads, first: i === 0 });
  }
  const q = ops.add(state.tokens, code.tokens);
  const k = ops.add(state.image, code.image);
  const seen = attend(scopeParams(p, 'final_attn_token_to_image.'), { q, k, v: state.image }, { heads });
  return { tokens: layerNorm(p, 'norm_final_attn', ops.add(state.tokens, seen)), image: state.image };
}
