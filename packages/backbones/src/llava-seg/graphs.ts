import type { InferenceGraph } from '@sim4seg/compute';
import { llavaDecodeProgram, llavaPrefillProgram, llavaVisionProgram } from '../llava/programs.js';
import type { LlavaForm } from '../llava/sizes.js';
import { LLAVA_GRAPHS } from './part.js';

/** The graphs that inference needs; numbers of tokens and paths stay free. */
export function llavaInferenceGraphs(form: LlavaForm): InferenceGraph[] {
  return [
    { graph: LLAVA_GRAPHS.vision, program: llavaVisionProgram(form), dims: { images: 1 } },
    { graph: LLAVA_GRAPHS.prefill, program: llavaPrefillProgram(form), dims: { images: 1 } },
    { graph: LLAVA_GRAPHS.decode, program: llavaDecodeProgram(form), dims: {} },
  ];
}
