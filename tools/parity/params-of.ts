import { toFloat32 } from '@sim4seg/compute';
import type { TensorValue, WeightTensor } from '@sim4seg/compute';

/** Stored weights as float32 parameters under the same names. */
export function paramsOf(weights: Readonly<Record<string, WeightTensor>>): Record<string, TensorValue> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [
      name,
      { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' as const },
    ]),
  );
}
