import { Sim4SegError } from '@sim4seg/core';
import { ops } from '@sim4seg/compute';
import type { ParamSpec, Tensor } from '@sim4seg/compute';

/** Parameters or inputs of a block, by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Declarations of a block's parameters, by name. */
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** The tensor of this name. @throws PROGRAM_INVALID when the caller did not give it */
export function take(tensors: Tensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor) return tensor;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `the block gets a tensor named ${name}`,
    got: Object.keys(tensors).join(', ') || 'no tensors',
    fix: 'give the parameters that the block declares in its specs',
  });
}

/** Weight (out, in) and bias of a linear layer; weights start with deviation gain / sqrt(in), biases at zero. */
export function linearSpecs(name: string, from: number, to: number, gain = 1): ParamSpecs {
  return {
    [`${name}.weight`]: { dims: [to, from], init: { fanIn: gain } },
    [`${name}.bias`]: { dims: [to], init: 'zeros' },
  };
}

/** float32[..., in] to float32[..., out]. */
export function linear(p: Tensors, name: string, x: Tensor): Tensor {
  return ops.linear(x, take(p, `${name}.weight`), take(p, `${name}.bias`));
}

/** Weight (out, in, kernel, kernel) and bias of a convolution; the gain of ReLU networks. */
export function convSpecs(
  name: string,
  from: number,
  to: number,
  { kernel, gain = Math.SQRT2 }: { readonly kernel: number; readonly gain?: number },
): ParamSpecs {
  return {
    [`${name}.weight`]: { dims: [to, from, kernel, kernel], init: { fanIn: gain } },
    [`${name}.bias`]: { dims: [to], init: 'zeros' },
  };
}

/** float32[B,in,H,W] to float32[B,out,H',W']. */
export function conv(
  p: Tensors,
  name: string,
  x: Tensor,
  { stride = 1, pad = 0 }: { readonly stride?: number; readonly pad?: number } = {},
): Tensor {
  return ops.conv2d(x, take(p, `${name}.weight`), { bias: take(p, `${name}.bias`), stride, pad });
}

/** Scale and shift of a normalisation over `size` channels. */
export function normSpecs(name: string, size: number, scale: 'ones' | 'zeros' = 'ones'): ParamSpecs {
  return { [`${name}.weight`]: { dims: [size], init: scale }, [`${name}.bias`]: { dims: [size], init: 'zeros' } };
}

/** Layer norm over the last axis. */
export function layerNorm(p: Tensors, name: string, x: Tensor, eps = 1e-5): Tensor {
  return ops.layerNorm(x, take(p, `${name}.weight`), take(p, `${name}.bias`), eps);
}

/** Group norm of float32[B,C,H,W]. */
export function groupNorm(p: Tensors, name: string, x: Tensor, groups: number): Tensor {
  return ops.groupNorm(x, take(p, `${name}.weight`), take(p, `${name}.bias`), groups, 1e-5);
}
