import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { maskTerms, weightedMean } from './mask-loss.js';

/**
 * Loss of the similarity map, scaled by learned numbers, against the mask averaged over the token grid:
 * 0.5 BCE + 0.25 Dice, each where `weights` says.
 * - `similarity` float32[n,T]; token grid; plain dot products
 * - `target` float32[n,1,s,s]; share of the pixel inside; s is a multiple of the grid's side
 * - `asked`, `present` float32[n]: rows whose similarity means something; rows whose target is there
 */
export function priorLoss(
  similarity: Tensor,
  target: Tensor,
  { logScale, bias, asked, present }: { logScale: Tensor; bias: Tensor; asked: Tensor; present: Tensor },
): Tensor {
  const [n, tokens] = similarity.shape as [number, number];
  const side = Math.round(Math.sqrt(tokens));
  const grid = ops.avgPool(target, (target.shape[2] as number) / side);
  const logits = ops.add(ops.mul(similarity, ops.exp(logScale)), bias);
  const { bce, dice } = maskTerms(ops.reshape(logits, [n, 1, side, side]), grid);
  const rows = (x: Tensor): Tensor => ops.reshape(x, [n]);
  const bceTerm = ops.mul(weightedMean(rows(bce), asked), ops.scalar(0.5));
  return ops.add(bceTerm, ops.mul(weightedMean(rows(dice), ops.mul(asked, present)), ops.scalar(0.25)));
}
