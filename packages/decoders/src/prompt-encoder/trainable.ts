import { initParams } from '@sim4seg/compute';
import type { InferenceGraph, Trainable } from '@sim4seg/compute';
import { POSITION_MATRIX, sharedPositionMatrix } from '../blocks/position-code.js';
import { BATCH_SIZES } from '../inference/batches.js';
import { boxesProgram, maskPromptProgram, noMaskProgram, pointsProgram, promptEncoderProgram } from './programs.js';
import { BOXES_PER_RUN, POINTS_PER_RUN } from './run-sizes.js';
import type { SamPromptEncoderSizes } from './sizes.js';
import { promptEncoderSpecs } from './specs.js';

/** The prompt encoder as a part that can be trained; its position matrix never is. */
export function promptEncoderTrainable(sizes: SamPromptEncoderSizes): Trainable {
  return {
    program: promptEncoderProgram(sizes),
    sizes,
    trainable: ['^mask_downscaling\\.'],
    initialParams: (seed) => ({
      ...initParams(promptEncoderSpecs(sizes), seed),
      [POSITION_MATRIX]: { data: sharedPositionMatrix(sizes.width), shape: [2, sizes.width / 2], dtype: 'float32' },
    }),
    inferenceGraphs: () => inferenceGraphs(sizes),
  };
}

function inferenceGraphs(sizes: SamPromptEncoderSizes): readonly InferenceGraph[] {
  const mask = maskPromptProgram(sizes);
  return [
    ...BATCH_SIZES.map((n) => ({ graph: `sam-prompt-encoder.mask.b${n}`, program: mask, dims: { n } })),
    { graph: 'sam-prompt-encoder.no-mask', program: noMaskProgram(sizes), dims: { n: 1 } },
    { graph: 'sam-prompt-encoder.points', program: pointsProgram(sizes), dims: { points: POINTS_PER_RUN } },
    { graph: 'sam-prompt-encoder.boxes', program: boxesProgram(sizes), dims: { boxes: BOXES_PER_RUN } },
  ];
}
