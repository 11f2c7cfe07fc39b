/** A dense row-major array with its shape; what contracts exchange instead of engine tensors. */
export interface FloatArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

export interface IntArray {
  readonly data: Int32Array;
  readonly shape: readonly number[];
}
