import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { linear, linearSpecs } from './params.js';
import type { ParamSpecs, Tensors } from './params.js';

/** Parameters `layers.<i>` of a chain of linear layers with ReLU between them; `widths` from input to output. */
export function mlpSpecs(widths: readonly number[]): ParamSpecs {
  return Object.assign(
    {},
    ...widths.slice(1).map((to, i) => {
      const last = i === widths.length - 2;
      return linearSpecs(`layers.${i}`, widths[i] ?? to, to, last ? 1 : Math.SQRT2);
    }),
  ) as ParamSpecs;
}

/**
 * float32[..., in] to float32[..., out]; ReLU between layers, none after the last.
 * @source segment-anything modeling/mask_decoder.py MLP
 */
export function mlp(p: Tensors, x: Tensor, depth: number): Tensor {
  let out = x;
  for (let i = 0; i < depth; i++) {
    out = linear(p, `layers.${i}`, out);
    if (i < depth - 1) out = ops.relu(out);
  }
  return out;
}
