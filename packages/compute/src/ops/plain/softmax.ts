import type { Tensor } from '@tensorflow/tfjs-core';
import { div, sub } from '../arithmetic.js';
import { max, sum } from '../reduce.js';
import { stopGradient } from '../shape.js';
import { exp, log } from '../unary.js';

function shifted(x: Tensor): Tensor {
  return sub(x, stopGradient(max(x, -1, true)));
}

/** e^x over its sum along the last axis. */
export function softmax(x: Tensor): Tensor {
  const powers = exp(shifted(x));
  return div(powers, sum(powers, -1, true));
}

/** x minus the logarithm of the sum of e^x along the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  const centred = shifted(x);
  return sub(centred, log(sum(exp(centred), -1, true)));
}
