import { defineProgram, ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { bilinearOperator, nearestOperator } from '../axis/axis-operator.js';
import { CONSTANT_SHARE, PROMPT_LOGIT } from '../prompt-logits.js';
import { allowedRange, applySquare, similarityOfRows } from './frame-mask.js';
import { priorInputs, priorOutputs, promptSideOf } from './prior-sizes.js';

/**
 * The graph form of `threshold` for training, batched; no gradient flows through the mask.
 * - inputs `imageTokens` float32[n,T,D], `segEmbeddings` float32[n,D], `contentMask` float32[n,T]
 * - outputs `similarity` float32[n,T]; `mask` float32[n,1,S,S]; model frame; logits
 */
export function thresholdProgram({ tau, tokenSide }: { readonly tau: number; readonly tokenSide: number }): Program {
  return defineProgram({
    name: 'threshold',
    inputs: priorInputs(tokenSide),
    outputs: priorOutputs(tokenSide),
    run: (_, { imageTokens, segEmbeddings, contentMask }) => {
      const similarity = similarityOfRows(imageTokens as Tensor, segEmbeddings as Tensor);
      const mask = cut(ops.stopGradient(similarity), contentMask as Tensor, { tau, tokenSide });
      return { similarity, mask: ops.stopGradient(mask) };
    },
  });
}

/** Logits float32[n,1,S,S] of similarity float32[n,T]. */
function cut(
  similarity: Tensor,
  contentMask: Tensor,
  { tau, tokenSide }: { readonly tau: number; readonly tokenSide: number },
): Tensor {
  const rows = similarity.shape[0] ?? 1;
  const side = promptSideOf(tokenSide);
  const onGrid = (x: Tensor): Tensor => ops.reshape(x, [rows, tokenSide, tokenSide]);
  const flat = (x: Tensor): Tensor => ops.reshape(x, [rows, side * side]);
  const map = flat(applySquare(onGrid(similarity), bilinearOperator(tokenSide, side)));
  const inside = flat(applySquare(onGrid(contentMask), nearestOperator(tokenSide, side)));
  const allowed = ops.greater(inside, ops.scalar(0.5));
  const { low, high } = allowedRange(map, allowed);
  const range = ops.sub(high, low);
  const varies = ops.greater(range, ops.mul(ops.maximum(ops.abs(low), ops.abs(high)), ops.scalar(CONSTANT_SHARE)));
  const limit = ops.add(low, ops.mul(range, ops.scalar(tau)));
  const chosen = ops.cast(ops.logicalAnd(ops.greaterEqual(map, limit), allowed), 'float32');
  const kept = ops.mul(chosen, ops.cast(varies, 'float32'));
  const logits = ops.sub(ops.mul(kept, ops.scalar(2 * PROMPT_LOGIT)), ops.scalar(PROMPT_LOGIT));
  return ops.reshape(logits, [rows, 1, side, side]);
}
