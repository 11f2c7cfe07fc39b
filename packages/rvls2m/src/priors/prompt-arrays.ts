import type { FloatArray, RegionPriorInput, RegionPrompts } from '@sim4seg/core';

type Shape = Pick<RegionPriorInput, 'promptSide' | 'tokenRows' | 'tokenColumns'>;

/** `mask` float32[1,1,S,S] of its samples. */
export function maskPromptOf(data: Float32Array, { promptSide }: Shape): { readonly mask: FloatArray } {
  return { mask: { data, shape: [1, 1, promptSide, promptSide] } };
}

/** float32[rows,columns] of the similarity, as priors report it. */
export function similarityArray(data: Float32Array, { tokenRows, tokenColumns }: Shape): FloatArray {
  return { data, shape: [tokenRows, tokenColumns] };
}

/** The mask of a prior that prompts with points or boxes: undecided everywhere, or none. */
export function densePromptOf(kind: 'undecided' | 'absent', shape: Shape): Pick<RegionPrompts, 'mask'> {
  return kind === 'absent' ? {} : maskPromptOf(new Float32Array(shape.promptSide ** 2), shape);
}
