import { ops } from '@sim4seg/compute';
import type { Program } from '@sim4seg/compute';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { mapTensors } from './map-tensors.js';
import { priorProgram } from './prior-program.js';
import { promptSideOf } from './prior-sizes.js';

/** The graph form of `threshold`, as {@link priorProgram} describes it. */
export function thresholdProgram({ tau, tokenSide }: { readonly tau: number; readonly tokenSide: number }): Program {
  const side = promptSideOf(tokenSide);
  return priorProgram('threshold', tokenSide, (similarity, contentMask) => {
    const { map, allowed, low, range, varies } = mapTensors(similarity, contentMask, tokenSide);
    const limit = ops.add(low, ops.mul(range, ops.scalar(tau)));
    const chosen = ops.cast(ops.logicalAnd(ops.greaterEqual(map, limit), allowed), 'float32');
    const logits = ops.sub(ops.mul(ops.mul(chosen, varies), ops.scalar(2 * PROMPT_LOGIT)), ops.scalar(PROMPT_LOGIT));
    return ops.reshape(logits, [similarity.shape[0] ?? 1, 1, side, side]);
  });
}
