import type { Tensor } from '@tensorflow/tfjs-core';
import { relu, sigmoid } from '../activation.js';
import { add, div, maximum, mul, neg, sub } from '../arithmetic.js';
import { oneHot } from '../constants.js';
import { mean, sum } from '../reduce.js';
import { abs, exp, log } from '../unary.js';
import { logSoftmax } from './softmax.js';

/** As the fused crossEntropy: logits float32[N, V], labels int32[N], weights float32[N]. */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  weights: Tensor,
  { smoothing = 0 }: { readonly smoothing?: number } = {},
): Tensor {
  const logs = logSoftmax(logits);
  const hit = sum(mul(logs, oneHot(labels, logits.shape[1]!)), -1);
  const rows = neg(add(mul(hit, 1 - smoothing), mul(mean(logs, -1), smoothing)));
  return div(sum(mul(rows, weights)), maximum(sum(weights), 1e-12));
}

/** As the fused bceWithLogits: both float32 of one shape. */
export function bceWithLogits(logits: Tensor, targets: Tensor): Tensor {
  const tail = log(add(exp(neg(abs(logits))), 1));
  return add(sub(relu(logits), mul(logits, targets)), tail);
}

/** As the fused diceLoss: both float32[n, ...]. */
export function diceLoss(logits: Tensor, targets: Tensor, { eps = 1e-3 }: { readonly eps?: number } = {}): Tensor {
  const axes = logits.shape.map((_, i) => i).slice(1);
  const prob = sigmoid(logits);
  const both = mul(sum(mul(prob, targets), axes), 2);
  const all = add(sum(prob, axes), sum(targets, axes));
  return mean(sub(1, div(add(both, eps), add(all, eps))));
}
