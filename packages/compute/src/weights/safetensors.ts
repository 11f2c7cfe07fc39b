import { headerLength, parseHeader, formatNames, prefixBytes } from './header.js';
import { invalidWeights } from './invalid.js';
import type { StoredTensor } from './reader.js';
import { bytesOf, elementBytes, elementCount, elementsOf, fitsElementType, type WeightTensor } from './tensor-value.js';

/** Tensors by name and the free text of a safetensors file. */
export interface SafetensorsContent {
  readonly tensors: Record<string, WeightTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What may be written: a tensor whose `dtype` is one of the element types. */
export interface WritableTensor {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/**
 * Reads a whole safetensors file from memory. Tensors are views of `bytes` where alignment allows it.
 * @throws WEIGHTS_INVALID for damaged files: truncated, overlapping, out of bounds, names twice, unknown types.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsContent {
  const length = headerLength(bytes, bytes.byteLength);
  const { entries, metadata } = parseHeader(bytes.subarray(prefixBytes, prefixBytes + length), bytes.byteLength);
  // Without a prototype, so that a tensor may be called __proto__ without doing harm.
  const tensors = Object.create(null) as Record<string, WeightTensor>;
  for (const [name, { dtype, shape, begin, end }] of entries)
    tensors[name] = { data: elementsOf(bytes.subarray(begin, end), dtype), shape, dtype };
  return { tensors, metadata };
}

/** The file as pieces in order (prefix and header, then each tensor's own storage), so that nothing is copied. */
export function safetensorsPieces(
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const checked = new Map(Object.entries(tensors).map(([name, value]) => [name, expectWritable(name, value)] as const));
  const { header, places } = layOutSafetensors(checked, metadata);
  return [header, ...[...places.keys()].map((name) => bytesOf(checked.get(name) as WeightTensor))];
}

/** A file that is not written yet: its beginning, and the range of bytes of each tensor, in file order. */
export interface SafetensorsLayout {
  readonly header: Uint8Array;
  readonly places: ReadonlyMap<string, { readonly begin: number; readonly end: number }>;
}

/** Lays tensors out of which only types and shapes are known. @throws WEIGHTS_INVALID */
export function layOutSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): SafetensorsLayout {
  const sorted = [...tensors].map(([name, tensor]) => [name, expectDescribed(name, tensor)] as const);
  // Larger elements first: then every tensor starts at a multiple of its element size.
  sorted.sort(([a, x], [b, y]) => elementBytes(y.dtype) - elementBytes(x.dtype) || (a < b ? -1 : 1));
  const tree = Object.create(null) as Record<string, unknown>;
  if (Object.keys(metadata).length) tree['__metadata__'] = metadata;
  const offsets = new Map<string, readonly [number, number]>();
  let offset = 0;
  for (const [name, { dtype, shape }] of sorted) {
    const end = offset + elementCount(shape) * elementBytes(dtype);
    tree[name] = { dtype: formatNames.get(dtype), shape, data_offsets: [offset, end] };
    offsets.set(name, [offset, end]);
    offset = end;
  }
  const header = headerBytes(tree);
  const start = header.byteLength;
  const places = [...offsets].map(
    ([name, [begin, end]]) => [name, { begin: start + begin, end: start + end }] as const,
  );
  return { header, places: new Map(places) };
}

/**
 * Writes tensors as one safetensors file in memory; the same tensors give the same bytes in whatever order they come.
 * @throws WEIGHTS_INVALID where type, shape and elements of a tensor do not agree.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const pieces = safetensorsPieces(tensors, metadata);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.byteLength;
  }
  return bytes;
}

function headerBytes(header: Record<string, unknown>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.byteLength / 8) * 8;
  const bytes = new Uint8Array(prefixBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, prefixBytes);
  return bytes;
}

function expectDescribed(name: string, { dtype, shape }: StoredTensor): StoredTensor {
  if (name === '__metadata__') throw invalidWeights('a tensor must not be called __metadata__', name);
  if (!formatNames.has(dtype))
    throw invalidWeights(`the type of "${name}" must be one of ${[...formatNames.keys()]}`, dtype);
  return { dtype, shape };
}

/** @throws WEIGHTS_INVALID where type, shape and elements of a tensor do not agree */
export function expectWritable(name: string, value: WritableTensor): WeightTensor {
  const tensor = value as WeightTensor;
  expectDescribed(name, tensor);
  if (!fitsElementType(tensor.data, tensor.dtype))
    throw invalidWeights(`"${name}" of type ${value.dtype} must have matching storage`, value.data.constructor.name);
  if (tensor.data.length !== elementCount(tensor.shape))
    throw invalidWeights(`"${name}" of shape [${tensor.shape}] must fill it`, `${tensor.data.length} elements`);
  return tensor;
}
