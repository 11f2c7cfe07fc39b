import type { Tensor } from '@tensorflow/tfjs-core';
import { add, div, mul, sub } from '../arithmetic.js';
import { mean } from '../reduce.js';
import { reshape } from '../shape.js';
import { sqrt } from '../unary.js';

/** x minus its mean over the last axis, over its deviation there. */
function normalised(x: Tensor, eps: number): Tensor {
  const centred = sub(x, mean(x, -1, true));
  return div(centred, sqrt(add(mean(mul(centred, centred), -1, true), eps)));
}

/** As the fused layerNorm: x float32[..., D], weight and bias float32[D]. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  return add(mul(normalised(x, eps), weight), bias);
}

/** As the fused rmsNorm: x float32[..., D], weight float32[D]. */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  return mul(div(x, sqrt(add(mean(mul(x, x), -1, true), eps))), weight);
}

/** As the fused groupNorm: x float32[B, C, H, W], weight and bias float32[C]. */
export function groupNorm(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps: number): Tensor {
  const rows = normalised(reshape(x, [x.shape[0]!, groups, -1]), eps);
  const perChannel = (t: Tensor): Tensor => reshape(t, [1, x.shape[1]!, 1, 1]);
  return add(mul(reshape(rows, x.shape), perChannel(weight)), perChannel(bias));
}
