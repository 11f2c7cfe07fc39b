import type { TensorSpec, Trainable } from '@sim4seg/compute';
import type { ModelFrame } from '@sim4seg/core';
import { contentMaskOf } from '../content.js';

/** A prior's `Trainable`; `prepare` makes the inputs of its program that depend on where images lie in their frames. */
export interface TrainablePrior extends Trainable {
  /** `contentMask` float32[n,T]; 1 at tokens whose centre lies in the image. */
  prepare(frames: readonly ModelFrame[]): {
    readonly contentMask: { readonly data: Float32Array; readonly shape: readonly number[]; readonly dtype: 'float32' };
  };
}

/** Side of the prompt mask of SAM's prompt encoder: four times that of the embedding, on which the tokens lie. */
export function promptSideOf(tokenSide: number): number {
  return 4 * tokenSide;
}

/** Inputs that every prior's program has; T = tokenSide squared. */
export function priorInputs(tokenSide: number): Readonly<Record<string, TensorSpec>> {
  const tokens = tokenSide * tokenSide;
  return {
    imageTokens: { dims: ['n', tokens, 'width'] },
    segEmbeddings: { dims: ['n', 'width'] },
    contentMask: { dims: ['n', tokens] },
  };
}

/** Outputs that every prior's program has. */
export function priorOutputs(tokenSide: number): Readonly<Record<string, TensorSpec>> {
  const side = promptSideOf(tokenSide);
  return { similarity: { dims: ['n', tokenSide * tokenSide] }, mask: { dims: ['n', 1, side, side] } };
}

/** The `Trainable` of a prior: nothing to learn, no graph in the bundle. */
export function priorTrainable(
  program: Trainable['program'],
  sizes: Trainable['sizes'] & { readonly tokenSide: number },
): TrainablePrior {
  const { tokenSide } = sizes;
  const grid = { tokenRows: tokenSide, tokenColumns: tokenSide };
  return {
    program,
    sizes,
    trainable: [],
    initialParams: () => ({}),
    inferenceGraphs: () => [],
    prepare: (frames) => {
      const tokens = tokenSide * tokenSide;
      const data = new Float32Array(frames.length * tokens);
      frames.forEach((frame, row) => data.set(contentMaskOf(frame, grid), row * tokens));
      return { contentMask: { data, shape: [frames.length, tokens], dtype: 'float32' } };
    },
  };
}
