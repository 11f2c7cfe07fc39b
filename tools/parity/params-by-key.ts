import type { ParamSpec, Specs, TensorValue, WeightTensor } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { paramsOf } from './params-of.js';

/** Parameters of a program out of a checkpoint with official keys. @throws WEIGHTS_INVALID for a missing key */
export function paramsByKey(
  specs: Specs<ParamSpec>,
  weights: Readonly<Record<string, WeightTensor>>,
): Record<string, TensorValue> {
  const stored = paramsOf(weights);
  const entries = Object.entries(specs).map(([name, { key = name }]) => {
    const value = stored[key];
    if (value) return [name, value] as const;
    throw new Sim4SegError('WEIGHTS_INVALID', {
      must: `The checkpoint holds "${key}" for the parameter ${name}`,
      got: `${Object.keys(stored).length} tensors without it`,
      fix: 'take the weights of the same case',
    });
  });
  return Object.fromEntries(entries);
}
