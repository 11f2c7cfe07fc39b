import type { TensorValue } from '@sim4seg/compute';

const HIDDEN = -1e9;

/** int32[batch,length]; 0, 1, 2, ... in every row. */
export function positionRows(batch: number, length: number): TensorValue {
  const data = Int32Array.from({ length: batch * length }, (_, i) => i % length);
  return { data, shape: [batch, length], dtype: 'int32' };
}

/** float32[batch,1,length,length]; a query sees itself and what stands before, where `mask` (1 = real) lets it. */
export function causalBias(batch: number, length: number, mask?: Int32Array): TensorValue {
  const data = new Float32Array(batch * length * length);
  for (let i = 0; i < data.length; i++) {
    const key = i % length;
    const query = Math.floor(i / length) % length;
    const row = Math.floor(i / (length * length));
    data[i] = key > query || mask?.[row * length + key] === 0 ? HIDDEN : 0;
  }
  return { data, shape: [batch, 1, length, length], dtype: 'float32' };
}

/** Rows of a flat list. */
export function rowsOf<T>(data: ArrayLike<T>, width: number): T[][] {
  const count = data.length / width;
  return Array.from({ length: count }, (_, row) => Array.from({ length: width }, (_, i) => data[row * width + i] as T));
}
