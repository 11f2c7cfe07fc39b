import { defineProgram, ops } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { similarityOfRows } from './frame-mask.js';
import { priorInputs, priorOutputs, promptSideOf } from './prior-sizes.js';

/** The graph form of `none`: the similarity, and a mask that says "undecided" (logit 0) everywhere. */
export function noPriorProgram({ tokenSide }: { readonly tokenSide: number }): Program {
  const side = promptSideOf(tokenSide);
  return defineProgram({
    name: 'none',
    inputs: priorInputs(tokenSide),
    outputs: priorOutputs(tokenSide),
    run: (_, { imageTokens, segEmbeddings }) => {
      const similarity = similarityOfRows(imageTokens as Tensor, segEmbeddings as Tensor);
      return { similarity, mask: ops.zeros([similarity.shape[0] ?? 1, 1, side, side]) };
    },
  });
}
