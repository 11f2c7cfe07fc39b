import { parseHeaderJson } from './header-json.js';
import { invalidWeights } from './invalid.js';
import { elementBytes, elementCount, type ElementType } from './tensor-value.js';

/** Longest header that is read, as in the format's own reader. */
const maxHeaderBytes = 100_000_000;

/** The eight bytes of the header length. */
export const prefixBytes = 8;

/** Where one tensor lies; `begin` and `end` count from the start of the file. */
export interface TensorEntry {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Names, places and free text of a safetensors file, checked. Entries are in file order. */
export interface SafetensorsHeader {
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

const types: ReadonlyMap<string, ElementType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** Format names by element type, for writing. */
export const formatNames: ReadonlyMap<ElementType, string> = new Map([...types].map(([name, type]) => [type, name]));

/**
 * Length of the header from the first eight bytes.
 * @throws WEIGHTS_INVALID where it cannot be a safetensors file of `fileBytes` bytes.
 */
export function headerLength(prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < prefixBytes || prefix.byteLength < prefixBytes)
    throw invalidWeights(`a safetensors file must have at least ${prefixBytes} bytes`, `${fileBytes} bytes`);
  const length = new DataView(prefix.buffer, prefix.byteOffset, prefixBytes).getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes))
    throw invalidWeights(`the header must be at most ${maxHeaderBytes} bytes`, `${length} bytes`);
  if (prefixBytes + Number(length) > fileBytes)
    throw invalidWeights('the header must lie inside the file', `a header of ${length} in ${fileBytes} bytes`);
  return Number(length);
}

/**
 * Reads and checks the header: known types, sizes that fit, tensors inside the file that neither overlap nor leave gaps.
 * @throws WEIGHTS_INVALID
 */
export function parseHeader(header: Uint8Array, fileBytes: number): SafetensorsHeader {
  const tree = parseHeaderJson(decodeText(header));
  if (!isRecord(tree)) throw invalidWeights('the header must be a JSON object', typeof tree);
  const dataStart = prefixBytes + header.byteLength;
  const names = Object.keys(tree).filter((name) => name !== '__metadata__');
  const entries = names.map((name) => [name, toEntry(name, tree[name], dataStart)] as const);
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  expectTiling(entries, dataStart, fileBytes);
  return { entries: new Map(entries), metadata: toMetadata(tree['__metadata__']) };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidWeights('the header must be UTF-8', 'other bytes', cause);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function toEntry(name: string, value: unknown, dataStart: number): TensorEntry {
  if (!isRecord(value)) throw invalidWeights(`"${name}" must be an object`, typeof value);
  const dtype = typeof value['dtype'] === 'string' ? types.get(value['dtype']) : undefined;
  if (!dtype) throw invalidWeights(`the type of "${name}" must be one of ${[...types.keys()]}`, String(value['dtype']));
  const shape: unknown = value['shape'];
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw invalidWeights(`the shape of "${name}" must hold sizes`, JSON.stringify(shape));
  const [begin, end] = toOffsets(name, value['data_offsets']);
  const needed = elementCount(shape) * elementBytes(dtype);
  if (!Number.isSafeInteger(needed) || end - begin !== needed)
    throw invalidWeights(`"${name}" of shape [${shape}] must take ${needed} bytes`, `${end - begin} bytes`);
  return { dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function toOffsets(name: string, value: unknown): readonly [number, number] {
  if (Array.isArray(value) && value.length === 2 && value.every(isCount)) {
    const [begin, end] = value as [number, number];
    if (begin <= end) return [begin, end];
  }
  throw invalidWeights(`"${name}" must have two rising data_offsets`, JSON.stringify(value));
}

function expectTiling(entries: readonly (readonly [string, TensorEntry])[], start: number, fileBytes: number): void {
  let reached = start;
  for (const [name, { begin, end }] of entries) {
    if (begin !== reached)
      throw invalidWeights(`"${name}" must begin at byte ${reached}`, `${begin}: an overlap or a gap`);
    reached = end;
  }
  if (reached !== fileBytes) throw invalidWeights(`the file must have ${reached} bytes`, `${fileBytes} bytes`);
}

function toMetadata(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isRecord(value) || !Object.values(value).every((text) => typeof text === 'string'))
    throw invalidWeights('__metadata__ must map text to text', JSON.stringify(value).slice(0, 80));
  return { ...value } as Record<string, string>;
}
