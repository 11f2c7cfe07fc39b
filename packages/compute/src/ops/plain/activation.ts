import type { Tensor } from '@tensorflow/tfjs-core';
import { erf, sigmoid } from '../activation.js';
import { add, mul } from '../arithmetic.js';
import { tanh } from '../unary.js';

/** x / 2 (1 + erf(x / sqrt(2))). */
export function gelu(x: Tensor): Tensor {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). */
export function geluTanh(x: Tensor): Tensor {
  const cube = mul(mul(x, x), x);
  const inner = mul(add(x, mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

/** x * sigmoid(1.702 x). */
export function quickGelu(x: Tensor): Tensor {
  return mul(x, sigmoid(mul(x, 1.702)));
}

/** x * sigmoid(x). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** silu(gate) * up. */
export function siluGate(gate: Tensor, up: Tensor): Tensor {
  return mul(silu(gate), up);
}
