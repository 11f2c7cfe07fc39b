import type { Tensor } from '@sim4seg/compute';
import { attendSequence } from './attention.js';
import { rotaryTables } from './rotary.js';
import type { LlamaForm } from './linear-layers.js';
import { runStack } from './stack.js';
import type { StackOutput } from './stack.js';

export interface SequenceInput {
  /** float32[B,T,D]; embeddings of tokens, image tokens among them */
  readonly embeddings: Tensor;
  /** int32[B or 1,T] */
  readonly positions: Tensor;
  /** float32, broadcastable to [B,heads,T,T]; 0 where a query may look, very negative where not */
  readonly bias: Tensor;
}

/** A LLaMA over whole sequences: training, prefill and checks. */
export function runSequence(p: Record<string, Tensor>, input: SequenceInput, sizes: LlamaForm): StackOutput {
  return runStack(p, input.embeddings, {
    sizes,
    rotary: rotaryTables(input.positions, sizes),
    attend: (step) => attendSequence(step, input.bias, sizes),
  });
}
