import type { DType } from '../tensor-value.js';

/** Element types that a tensor of the tfjs engine can have. */
export type TfjsType = Exclude<DType, 'uint8'>;

/** The type that carries a tensor through tfjs. It has no bytes of its own; a bool tensor keeps them untouched. */
export function tfjsType(dtype: DType): TfjsType {
  return dtype === 'uint8' ? 'bool' : dtype;
}
