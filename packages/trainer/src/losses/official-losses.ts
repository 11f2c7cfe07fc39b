import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';

/** Weights of the official training. @source train_sim4seg.py */
export const OFFICIAL_LOSS_WEIGHTS = { text: 1, bce: 2, dice: 0.5 } as const;

const DICE_SCALE = 1000;
const DICE_EPS = 1e-6;

/**
 * BCE of the official code: mean over the pixels of each mask, then mean over masks.
 * - `logits`, `target` float32[n,h,w]; original frame; target 0 or 1
 * @source LISA sigmoid_ce_loss
 * @deviation none
 */
export function officialBce(logits: Tensor, target: Tensor): Tensor {
  return ops.mean(ops.bceWithLogits(logits, target));
}

/**
 * Dice loss of the official code (linear form, scaled by 1000 against overflow), mean over masks.
 * - `logits`, `target` float32[n,h,w]; original frame; target 0 or 1
 * @source LISA dice_loss
 * @deviation none
 */
export function officialDice(logits: Tensor, target: Tensor): Tensor {
  const [n, height, width] = logits.shape as [number, number, number];
  const flat = (x: Tensor): Tensor => ops.reshape(x, [n, height * width]);
  const prob = flat(ops.sigmoid(logits));
  const truth = flat(target);
  const scaled = (x: Tensor): Tensor => ops.sum(ops.div(x, ops.scalar(DICE_SCALE)), [1]);
  const both = ops.mul(scaled(ops.mul(prob, truth)), ops.scalar(2));
  const all = ops.add(scaled(prob), scaled(truth));
  const overlap = ops.div(ops.add(both, ops.scalar(DICE_EPS)), ops.add(all, ops.scalar(DICE_EPS)));
  return ops.mean(ops.sub(ops.scalar(1), overlap));
}

/**
 * Cross entropy of next tokens: logits[:, :-1] against labels[:, 1:], one mean over all counted rows.
 * - `logits` float32[B,L,V]; - `labels` int32[B,L-1], the next token of each position, 0 where not counted
 * - `counted` float32[B,L-1]; 0 where the label is ignored (-100 in the official data)
 * @source transformers LlamaForCausalLM
 * @deviation none
 */
export function officialTextLoss(logits: Tensor, labels: Tensor, counted: Tensor): Tensor {
  const [batch, length, vocabulary] = logits.shape as [number, number, number];
  const rows = batch * (length - 1);
  const shifted = ops.reshape(ops.slice(logits, [0, 0, 0], [batch, length - 1, vocabulary]), [rows, vocabulary]);
  return ops.crossEntropy(shifted, ops.reshape(labels, [rows]), ops.reshape(counted, [rows]));
}
