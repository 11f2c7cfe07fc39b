import { ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { conv, convSpecs, groupNorm, normSpecs } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';

const GROUPS = 8;

/** A convolution with group norm; `kernel` 1 or 3. */
export function convNormSpecs(
  name: string,
  from: number,
  to: number,
  { kernel }: { readonly kernel: 1 | 3 },
): ParamSpecs {
  return { ...convSpecs(name, from, to, { kernel }), ...normSpecs(`${name}_norm`, to) };
}

/** Convolution (3x3 padded, or 1x1), group norm, ReLU. */
export function convNorm(p: Tensors, name: string, x: Tensor, { pad }: { readonly pad: 0 | 1 }): Tensor {
  return ops.relu(groupNorm(p, `${name}_norm`, conv(p, name, x, { pad }), GROUPS));
}

/** Parameters `blocks.<i>` of a chain of residual blocks. */
export function residualSpecs(channels: number, blocks: number): ParamSpecs {
  return Object.assign(
    {},
    ...Array.from({ length: blocks }, (_, i) => prefixSpecs(`blocks.${i}.`, blockSpecs(channels))),
  ) as ParamSpecs;
}

/** Residual blocks of two 3x3 convolutions: float32[B,C,H,W] to the same shape. Each starts as the identity. */
export function residual(p: Tensors, x: Tensor, blocks: number): Tensor {
  let out = x;
  for (let i = 0; i < blocks; i++) out = block(scopeParams(p, `blocks.${i}.`), out);
  return out;
}

function blockSpecs(channels: number): ParamSpecs {
  return {
    ...convNormSpecs('conv1', channels, channels, { kernel: 3 }),
    ...convSpecs('conv2', channels, channels, { kernel: 3 }),
    ...normSpecs('conv2_norm', channels, 'zeros'),
  };
}

function block(p: Tensors, x: Tensor): Tensor {
  const inner = conv(p, 'conv2', convNorm(p, 'conv1', x, { pad: 1 }), { pad: 1 });
  return ops.relu(ops.add(x, groupNorm(p, 'conv2_norm', inner, GROUPS)));
}
