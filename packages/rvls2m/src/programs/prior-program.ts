import { defineProgram, ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { similarityOfRows } from './frame-mask.js';
import { priorInputs, priorOutputs } from './prior-sizes.js';

/**
 * The graph form of a prior for training, batched; no gradient flows through the mask.
 * - inputs `imageTokens` float32[n,T,D], `segEmbeddings` float32[n,D], `contentMask` float32[n,T]
 * - outputs `similarity` float32[n,T]; `mask` float32[n,1,S,S]; model frame; logits
 * - `maskOf`: the mask of similarity and content mask, both float32[n,T]
 */
export function priorProgram(
  name: string,
  tokenSide: number,
  maskOf: (similarity: Tensor, contentMask: Tensor) => Tensor,
): Program {
  return defineProgram({
    name,
    inputs: priorInputs(tokenSide),
    outputs: priorOutputs(tokenSide),
    run: (_, { imageTokens, segEmbeddings, contentMask }) => {
      const similarity = similarityOfRows(imageTokens as Tensor, segEmbeddings as Tensor);
      const mask = maskOf(ops.stopGradient(similarity), contentMask as Tensor);
      return { similarity, mask: ops.stopGradient(mask) };
    },
  });
}
