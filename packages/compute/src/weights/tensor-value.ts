/** Names of the element types that weights, sessions and programs exchange. */
export type ElementType =
  'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** Raw storage by element type: float16 and bfloat16 as their 16-bit patterns, bool as bytes 0 or 1. */
export type ElementArray =
  Float64Array | Float32Array | Uint16Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** A tensor outside every engine: row-major elements, shape and element type. */
export interface WeightTensor {
  readonly data: ElementArray;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

type ElementArrayConstructor = (new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ElementArray) & {
  readonly BYTES_PER_ELEMENT: number;
};

const constructors: Readonly<Record<ElementType, ElementArrayConstructor>> = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** Bytes that one element of the type takes. */
export function elementBytes(type: ElementType): number {
  return constructors[type].BYTES_PER_ELEMENT;
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The elements stored in `bytes`: a view where the alignment allows it, a copy otherwise. */
export function elementsOf(bytes: Uint8Array, type: ElementType): ElementArray {
  const size = elementBytes(type);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new constructors[type](aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** The storage of a tensor as bytes, without a copy. */
export function bytesOf(tensor: WeightTensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** Whether the array kind fits the element type. */
export function fitsElementType(data: ElementArray, type: ElementType): boolean {
  return data instanceof constructors[type];
}
