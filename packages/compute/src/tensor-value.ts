/** Element types that programs exchange with their callers; uint8 only for stored weights such as 4-bit blocks. */
export type DType = 'float32' | 'int32' | 'bool' | 'uint8';

/** Row-major storage: Float32Array for float32, Int32Array for int32, Uint8Array for uint8, and of 0 and 1 for bool. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A tensor outside every engine. */
export interface TensorValue<T extends TensorData = TensorData> {
  readonly data: T;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A float32 tensor outside every engine. */
export function float32Value(data: Float32Array, shape: readonly number[]): TensorValue<Float32Array> {
  return { data, shape, dtype: 'float32' };
}

/** An int32 tensor outside every engine. */
export function int32Value(data: Int32Array, shape: readonly number[]): TensorValue<Int32Array> {
  return { data, shape, dtype: 'int32' };
}
