import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';

const TINY = 1e-6;

/** Loss of each mask against the soft target of its image. */
export interface MaskTerms {
  /** float32[n,M]; mean binary cross entropy over pixels. */
  readonly bce: Tensor;
  /** float32[n,M]; squared-form Dice loss, 0..1. */
  readonly dice: Tensor;
  /** float32[n,M]; IoU of probabilities with the soft target, 0..1. */
  readonly softIou: Tensor;
}

/**
 * BCE, squared-form Dice and soft IoU of every mask.
 * - `logits` float32[n,M,s,s]; model frame. - `target` float32[n,1,s,s]; share of the pixel inside, 0..1
 * Dice of an empty target is meaningless (near 1); weigh it by presence.
 */
export function maskTerms(logits: Tensor, target: Tensor): MaskTerms {
  const [n, masks, height, width] = logits.shape as [number, number, number, number];
  const flatLogits = ops.reshape(logits, [n, masks, height * width]);
  const flatTarget = ops.reshape(target, [n, 1, height * width]);
  const prob = ops.sigmoid(flatLogits);
  const over = (x: Tensor): Tensor => ops.sum(x, [2]);
  const both = over(ops.mul(prob, flatTarget));
  const probSquared = over(ops.square(prob));
  const targetSquared = over(ops.square(flatTarget));
  const dice = ops.sub(ops.scalar(1), ratio(ops.mul(both, ops.scalar(2)), ops.add(probSquared, targetSquared)));
  const union = ops.sub(ops.add(over(prob), over(flatTarget)), both);
  return { bce: ops.mean(bce(flatLogits, flatTarget), [2]), dice, softIou: ratio(both, union) };
}

/** Element-wise binary cross entropy of logits [n,M,p] with a target [n,1,p]: softplus(x) - x t. */
function bce(logits: Tensor, target: Tensor): Tensor {
  return ops.sub(ops.softplus(logits), ops.mul(logits, target));
}

function ratio(a: Tensor, b: Tensor): Tensor {
  return ops.div(ops.add(a, ops.scalar(TINY)), ops.add(b, ops.scalar(TINY)));
}

/** Column `index` of float32[n,M] as float32[n]. */
export function maskColumn(values: Tensor, index: number): Tensor {
  const n = values.shape[0] as number;
  return ops.reshape(ops.slice(values, [0, index], [n, 1]), [n]);
}

/** Smallest of the columns from 1 on: float32[n,M] to float32[n]. */
export function bestOfMany(values: Tensor): Tensor {
  const [n, masks] = values.shape as [number, number];
  return ops.min(ops.slice(values, [0, 1], [n, masks - 1]), [1]);
}

/** Mean over rows, weighted: sum(w x) / max(sum(w), tiny). Both float32[n]. */
export function weightedMean(values: Tensor, weights: Tensor): Tensor {
  const total = ops.maximum(ops.sum(weights), ops.scalar(TINY));
  return ops.div(ops.sum(ops.mul(values, weights)), total);
}
