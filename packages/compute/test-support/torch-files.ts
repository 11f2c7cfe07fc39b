import type { ByteSource } from '../src/weights/byte-source.js';

const encode = (text: string): number[] => [...new TextEncoder().encode(text)];
const little = (value: number | bigint, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));

/** Pieces of pickles, written by hand so that tests can write what Python never would. */
export const pickle = {
  whole: (...pieces: readonly (readonly number[])[]) => [0x80, 2, ...pieces.flat(), 0x2e],
  global: (module: string, name: string) => encode(`c${module}\n${name}\n`),
  text: (text: string) => [0x58, ...little(encode(text).length, 4), ...encode(text)],
  int: (value: number) => [0x4a, ...little(value >>> 0, 4)],
  long: (value: bigint) => [0x8a, 16, ...little(BigInt.asUintN(128, value), 16)],
  tuple: (...items: readonly (readonly number[])[]) => [0x28, ...items.flat(), 0x74],
  list: (...items: readonly (readonly number[])[]) => [0x5d, 0x28, ...items.flat(), 0x65],
  dict: (items: Readonly<Record<string, readonly number[]>>) => [
    0x7d,
    0x28,
    ...Object.entries(items).flatMap(([key, value]) => [...pickle.text(key), ...value]),
    0x75,
  ],
  none: [0x4e],
  true: [0x88],
  reduce: [0x52],
  persistent: [0x51],
  put: (index: number) => [0x72, ...little(index, 4)],
  get: (index: number) => [0x6a, ...little(index, 4)],
} as const;

export interface TensorOptions {
  readonly key?: string;
  readonly type?: string;
  readonly elements?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
  readonly view?: readonly number[];
}

/** Pickle of a tensor; by default float32[2] over the whole storage "0". */
export function tensorPickle(options: TensorOptions = {}): number[] {
  const { key = '0', type = 'FloatStorage', elements = 2, offset = 0, shape = [2], strides = [1], view } = options;
  const id = [
    pickle.text('storage'),
    pickle.global('torch', type),
    pickle.text(key),
    pickle.text('cpu'),
    pickle.int(elements),
    ...(view ? [view] : []),
  ];
  const sizes = [shape, strides].map((list) => pickle.tuple(...list.map(pickle.int)));
  const hooks = [...pickle.global('collections', 'OrderedDict'), ...pickle.tuple(), ...pickle.reduce];
  const args = [[...pickle.tuple(...id), ...pickle.persistent], pickle.int(offset), ...sizes, [0x89], hooks];
  return [...pickle.global('torch._utils', '_rebuild_tensor_v2'), ...pickle.tuple(...args), ...pickle.reduce];
}

export interface Member {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly method?: number;
  readonly flags?: number;
  /** Name in the local header, where it differs. */
  readonly localName?: string;
  /** Size and place in the directory, where they differ from the truth. */
  readonly size?: number;
  readonly header?: number;
}

/** A zip archive of stored members; with `large`, sizes and places stand in ZIP64 fields. */
export function zipOf(members: readonly Member[], { large = false } = {}): Uint8Array {
  const file: number[] = [];
  const directory: number[] = [];
  for (const member of members) {
    const { name, bytes, method = 0, flags = 0, localName = name, size = bytes.length, header = file.length } = member;
    file.push(...encode('PK'), 3, 4, ...little(0, 14), ...little(bytes.length, 4), ...little(bytes.length, 4));
    file.push(...little(encode(localName).length, 2), ...little(0, 2), ...encode(localName), ...bytes);
    const full = 0xffffffff;
    const extra = large
      ? [...little(1, 2), ...little(24, 2), ...[size, size, header].flatMap((n) => little(n, 8))]
      : [];
    directory.push(...encode('PK'), 1, 2, ...little(0, 4), ...little(flags, 2), ...little(method, 2), ...little(0, 8));
    directory.push(...little(large ? full : size, 4), ...little(large ? full : size, 4));
    directory.push(...little(encode(name).length, 2), ...little(extra.length, 2), ...little(0, 10));
    directory.push(...little(large ? full : header, 4), ...encode(name), ...extra);
  }
  return Uint8Array.from([...file, ...directory, ...endOf(members.length, directory.length, file.length, large)]);
}

function endOf(members: number, bytes: number, begin: number, large: boolean): number[] {
  const record = [
    ...encode('PK'),
    6,
    6,
    ...little(44, 8),
    ...little(0, 12),
    ...little(members, 8),
    ...little(members, 8),
  ];
  record.push(...little(bytes, 8), ...little(begin, 8));
  const locator = [...encode('PK'), 6, 7, ...little(0, 4), ...little(begin + bytes, 8), ...little(1, 4)];
  const short = large ? [0xffff, 0xffffffff, 0xffffffff] : [members, bytes, begin];
  const [count, size, place] = short as [number, number, number];
  const end = [...encode('PK'), 5, 6, ...little(0, 4), ...little(count, 2), ...little(count, 2), ...little(size, 4)];
  return [...(large ? [...record, ...locator] : []), ...end, ...little(place, 4), ...little(0, 2)];
}

/** An archive as torch.save writes it. */
export function torchZip(
  root: readonly number[],
  storages: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  const data = Object.entries(storages).map(([key, bytes]) => ({ name: `archive/data/${key}`, bytes }));
  return zipOf([{ name: 'archive/data.pkl', bytes: pickle.whole(root) }, ...data]);
}

/** A file of the form before version 1.6; each storage with the number of elements that it states. */
export function torchLegacy(
  root: readonly number[],
  storages: readonly { readonly key: string; readonly elements: number; readonly bytes: readonly number[] }[] = [],
  { littleEndian = pickle.true as readonly number[], version = 1001 } = {},
): Uint8Array {
  return Uint8Array.from([
    ...pickle.whole(pickle.long(0x1950a86a20f9469cfc6cn)),
    ...pickle.whole(pickle.int(version)),
    ...pickle.whole(pickle.dict({ little_endian: littleEndian })),
    ...pickle.whole(root),
    ...pickle.whole(pickle.list(...storages.map(({ key }) => pickle.text(key)))),
    ...storages.flatMap(({ elements, bytes }) => [...little(elements, 8), ...bytes]),
  ]);
}

/** float32 values as bytes. */
export function floatBytes(...values: readonly number[]): number[] {
  return [...new Uint8Array(Float32Array.from(values).buffer)];
}

/** Memory as a source that counts what is read. */
export function countingSource(bytes: Uint8Array): ByteSource & { reads: number; bytesRead: number } {
  const source = {
    size: bytes.byteLength,
    reads: 0,
    bytesRead: 0,
    read(begin: number, end: number) {
      source.reads += 1;
      source.bytesRead += end - begin;
      if (begin < 0 || begin > end || end > bytes.byteLength)
        return Promise.reject(new RangeError(`${begin} to ${end}`));
      return Promise.resolve(bytes.slice(begin, end));
    },
  };
  return source;
}
