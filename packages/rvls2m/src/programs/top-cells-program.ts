import { defineProgram, ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { cellMeanOperator, nearestOperator } from '../axis/axis-operator.js';
import { CONSTANT_SHARE, PROMPT_LOGIT } from '../prompt-logits.js';
import { allowedRange, applySquare, similarityOfRows, sinkForbidden } from './frame-mask.js';
import { priorInputs, priorOutputs, promptSideOf } from './prior-sizes.js';

export interface TopCellsSizes {
  readonly gridCells: number;
  readonly topN: number;
  readonly tokenSide: number;
}

/**
 * The graph form of `topCells` for training, batched; no gradient flows through the mask.
 * - inputs `imageTokens` float32[n,T,D], `segEmbeddings` float32[n,D], `contentMask` float32[n,T]
 * - outputs `similarity` float32[n,T]; `mask` float32[n,1,S,S]; model frame; logits
 * @deviation from the plain code: of cells with equal means at the limit all are chosen, not the first ones
 */
export function topCellsProgram(sizes: TopCellsSizes): Program {
  const { tokenSide } = sizes;
  return defineProgram({
    name: 'topCells',
    inputs: priorInputs(tokenSide),
    outputs: priorOutputs(tokenSide),
    run: (_, { imageTokens, segEmbeddings, contentMask }) => {
      const similarity = similarityOfRows(imageTokens as Tensor, segEmbeddings as Tensor);
      const chosen = chosenCells(ops.stopGradient(similarity), contentMask as Tensor, sizes);
      return { similarity, mask: ops.stopGradient(paint(chosen, sizes)) };
    },
  });
}

/** float32[n,G*G], 1 in chosen cells. */
function chosenCells(similarity: Tensor, contentMask: Tensor, { gridCells, topN, tokenSide }: TopCellsSizes): Tensor {
  const rows = similarity.shape[0] ?? 1;
  const cells = gridCells * gridCells;
  const onGrid = (x: Tensor): Tensor => ops.reshape(x, [rows, tokenSide, tokenSide]);
  const means = ops.reshape(applySquare(onGrid(similarity), cellMeanOperator(tokenSide, gridCells)), [rows, cells]);
  const inside = applySquare(onGrid(contentMask), nearestOperator(tokenSide, gridCells));
  const allowed = ops.greater(ops.reshape(inside, [rows, cells]), ops.scalar(0.5));
  const ranked = sinkForbidden(means, allowed);
  const { values } = ops.topK(ranked, Math.min(topN, cells));
  const limit = ops.slice(values, [0, Math.min(topN, cells) - 1], [rows, 1]);
  const { low, high } = allowedRange(means, allowed);
  const largest = ops.maximum(ops.abs(low), ops.abs(high));
  const varies = ops.greater(ops.sub(high, low), ops.mul(largest, ops.scalar(CONSTANT_SHARE)));
  const isTop = ops.logicalAnd(ops.greaterEqual(ranked, limit), allowed);
  return ops.mul(ops.cast(isTop, 'float32'), ops.cast(varies, 'float32'));
}

/** float32[n,G*G] to logits float32[n,1,S,S]. */
function paint(chosen: Tensor, { gridCells, tokenSide }: TopCellsSizes): Tensor {
  const rows = chosen.shape[0] ?? 1;
  const side = promptSideOf(tokenSide);
  const map = applySquare(ops.reshape(chosen, [rows, gridCells, gridCells]), nearestOperator(gridCells, side));
  const logits = ops.sub(ops.mul(map, ops.scalar(2 * PROMPT_LOGIT)), ops.scalar(PROMPT_LOGIT));
  return ops.reshape(logits, [rows, 1, side, side]);
}
