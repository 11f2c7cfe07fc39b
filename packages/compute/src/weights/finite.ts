import { Sim4SegError } from '@sim4seg/core';

/** All bits of the exponent: set in NaN and infinities alone. */
const exponents: Partial<Record<string, { readonly bytes: number; readonly mask: number }>> = {
  float64: { bytes: 8, mask: 0x7ff00000 },
  float32: { bytes: 4, mask: 0x7f800000 },
  float16: { bytes: 2, mask: 0x7c00 },
  bfloat16: { bytes: 2, mask: 0x7f80 },
};

/** Whether elements of the type can be NaN or infinite. */
export function canBeInfinite(type: string): boolean {
  return type in exponents;
}

/** Index of the first element that is NaN or infinite, or -1. `bytes` holds whole elements. */
export function indexOfNonFinite(bytes: Uint8Array, type: string): number {
  const form = exponents[type];
  if (!form) return -1;
  const { words, step } = wordsOf(bytes, form.bytes);
  // Of a float64 only the upper word matters: it is the second of the two.
  for (let i = step - 1; i < words.length; i += step)
    if (((words[i] as number) & form.mask) === form.mask) return (i - step + 1) / step;
  return -1;
}

function wordsOf(bytes: Uint8Array, size: number): { words: Uint16Array | Uint32Array; step: number } {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % size ? bytes.slice() : bytes;
  if (size === 2) return { words: new Uint16Array(buffer, byteOffset, byteLength / 2), step: 1 };
  return { words: new Uint32Array(buffer, byteOffset, byteLength / 4), step: size / 4 };
}

/** The error of a weight that is NaN or infinite. */
export function notFinite(name: string, index: number): Sim4SegError {
  return new Sim4SegError('NOT_FINITE', {
    must: `Every element of the weight "${name}" must be finite`,
    got: `NaN or an infinity at element ${index}`,
    fix: 'take weights from before the training diverged, or fetch the file again',
  });
}

/** @throws NOT_FINITE naming the tensor and the place of its first element that is NaN or infinite */
export function expectFinite(name: string, tensor: { readonly data: ArrayBufferView; readonly dtype: string }): void {
  const index = indexOfNonFinite(
    new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
    tensor.dtype,
  );
  if (index >= 0) throw notFinite(name, index);
}
