import { ops } from '@sim4seg/compute';
import type { Program } from '@sim4seg/compute';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { mapTensors } from './map-tensors.js';
import { priorProgram } from './prior-program.js';
import { promptSideOf } from './prior-sizes.js';

export interface SoftLogitsSizes {
  readonly tau: number;
  readonly sharpness: number;
  readonly tokenSide: number;
}

/** Keeps the quotient finite where the range is 0; `varies` hides it then. */
const LEAST_RANGE = 1e-30;

/** The graph form of `softLogits`, as {@link priorProgram} describes it. */
export function softLogitsProgram({ tau, sharpness, tokenSide }: SoftLogitsSizes): Program {
  const side = promptSideOf(tokenSide);
  return priorProgram('softLogits', tokenSide, (similarity, contentMask) => {
    const { map, allowed, low, range, varies } = mapTensors(similarity, contentMask, tokenSide);
    const share = ops.div(ops.sub(map, low), ops.maximum(range, ops.scalar(LEAST_RANGE)));
    const steep = ops.mul(ops.sub(share, ops.scalar(tau)), ops.scalar(sharpness));
    const held = ops.maximum(ops.minimum(steep, ops.scalar(PROMPT_LOGIT)), ops.scalar(-PROMPT_LOGIT));
    // Raised to 0..8 so that a factor of 0 gives the logit of the outside.
    const raised = ops.mul(ops.add(held, ops.scalar(PROMPT_LOGIT)), ops.mul(ops.cast(allowed, 'float32'), varies));
    return ops.reshape(ops.sub(raised, ops.scalar(PROMPT_LOGIT)), [similarity.shape[0] ?? 1, 1, side, side]);
  });
}
