import { Sim4SegError } from '@sim4seg/core';

/** The one error of damaged or hostile weight files. */
export function invalidWeights(must: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: must.charAt(0).toUpperCase() + must.slice(1),
    got,
    fix: 'write or fetch the weights file again',
    ...(cause === undefined ? {} : { cause }),
  });
}
