import { readFile } from 'node:fs/promises';
import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countingSource, floatBytes, pickle, tensorPickle, torchLegacy, torchZip, zipOf, type Member,
} from '../../../test-support/torch-files.js'; // prettier-ignore
import { elementBytes, elementCount } from '../tensor-value.js';
import { openTorch } from './open-torch.js';

const fixtures = new URL('../../../../testing/fixtures/torch-pickle/tiny/', import.meta.url);
const fixture = async (name: string) => new Uint8Array(await readFile(new URL(name, fixtures)));
const storage = { '0': floatBytes(1, 2) };
const open = (bytes: Uint8Array) => openTorch(countingSource(bytes));

/** The message of a coded refusal; anything else that is thrown goes on. */
async function refusal(bytes: Uint8Array): Promise<string> {
  try {
    await open(bytes);
  } catch (error) {
    if (isSim4SegError(error) && error.code === 'WEIGHTS_INVALID') return error.message;
    throw error;
  }
  return 'opened';
}

describe('files of torch.save', () => {
  it.each(['rich.zip.pth', 'rich.legacy.pth'])('list names, types, shapes and plain values of %s', async (name) => {
    const source = countingSource(await fixture(name));
    const { entries, content, format, read } = await openTorch(source);
    expect(format).toBe(name.includes('zip') ? 'torch-zip' : 'torch-legacy');
    expect(entries.get('state_dict/weight')).toMatchObject({ dtype: 'float32', shape: [2, 3], contiguous: true });
    expect(entries.get('strided/transposed')).toMatchObject({ shape: [6, 4], contiguous: false });
    expect(entries.get('dtypes/bfloat16')).toMatchObject({ dtype: 'bfloat16', shape: [3] });
    expect(content).toMatchObject({
      epoch: 3,
      name: 'tiny α',
      betas: [0.9, 0.95],
      huge: -(2n ** 70n),
      list: [null, {}, 'text'],
    });
    const transposed = await read('strided/transposed');
    expect([...transposed.data].slice(0, 5)).toEqual([0, 6, 12, 18, 1]);
    await expect(read('other')).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });

  it('read a storage that tensors share once, and nothing but the tensors that are asked for', async () => {
    const source = countingSource(await fixture('rich.zip.pth'));
    const { read } = await openTorch(source);
    const before = source.reads;
    expect((await read('shared/all')).data).toHaveLength(24);
    expect((await read('shared/tail')).data).toEqual(Float32Array.of(20, 21, 22, 23));
    const { data } = await read('shared/grid');
    data[0] = 99;
    expect((await read('strided/offset')).data).toEqual(Float32Array.of(13, 14, 19, 20));
    expect((await read('shared/all')).data[0]).toBe(0);
    expect(source.reads - before).toBe(1);
  });

  it('may hold one tensor alone, a part of a storage, and members beyond the reach of 32 bits', async () => {
    const alone = await open(torchZip(tensorPickle(), storage));
    expect((await alone.read('tensor')).data).toEqual(Float32Array.of(1, 2));
    const view = pickle.tuple(pickle.text('v'), pickle.int(1), pickle.int(2));
    const part = tensorPickle({ elements: 4, shape: [2], view });
    const old = await open(torchLegacy(part, [{ key: '0', elements: 4, bytes: floatBytes(5, 6, 7, 8) }]));
    expect((await old.read('tensor')).data).toEqual(Float32Array.of(6, 7));
    const members = [
      { name: 'm/data.pkl', bytes: pickle.whole(tensorPickle()) },
      { name: 'm/data/0', bytes: floatBytes(3, 4) },
    ];
    const large = await open(zipOf(members, { large: true }));
    expect((await large.read('tensor')).data).toEqual(Float32Array.of(3, 4));
  });

  it('gather any view as indexing does', async () => {
    const view = fc.record({
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
      strides: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
      offset: fc.nat(3),
    });
    const values = Array.from({ length: 80 }, (_, i) => i);
    await fc.assert(
      fc.asyncProperty(view, async ({ shape, strides, offset }) => {
        const used = strides.slice(0, shape.length);
        const root = tensorPickle({ elements: 80, shape, strides: used, offset });
        const { data } = await (await open(torchZip(root, { '0': floatBytes(...values) }))).read('tensor');
        const expected = Array.from({ length: elementCount(shape) }, (_, flat) => {
          let rest = flat;
          let place = offset;
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            place += (rest % shape[axis]!) * used[axis]!;
            rest = Math.floor(rest / shape[axis]!);
          }
          return place;
        });
        expect([...data]).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

const nested = (depth: number): number[] => (depth ? pickle.list(nested(depth - 1)) : pickle.none.slice());
/** Lists of ten references to the list before: ten to the power of `levels` values in a few bytes. */
const bomb = (levels: number): number[] => {
  const level = (n: number): number[] => [
    ...pickle.list(...Array<number[]>(10).fill(pickle.get(n))),
    ...pickle.put(n + 1),
  ];
  const pieces = Array.from({ length: levels }, (_, n) => [...level(n), 0x30]);
  return [...pickle.list(), ...pickle.put(0), 0x30, ...pieces.flat(), ...pickle.get(levels)];
};
const selfish = [0x5d, ...pickle.put(0), ...pickle.get(0), 0x61];
const repeated = (elements: number) => tensorPickle({ shape: [elements, 4096], strides: [0, 0] });

describe('hostile pickles', () => {
  it.each([
    [
      'a call of the system',
      [...pickle.global('os', 'system'), ...pickle.tuple(pickle.text('true')), ...pickle.reduce],
      'os.system',
    ],
    ['a class by NEWOBJ', [...pickle.global('torch', 'Size'), ...pickle.tuple(), 0x81], '0x81'],
    ['a class by INST', [0x28, 0x69, ...[...'os\nsystem\n'].map((c) => c.charCodeAt(0))], 'os.system'],
    ['a class by its stack', [...pickle.text('posix'), ...pickle.text('system'), 0x93], 'posix.system'],
    ['an attribute of a known module', pickle.global('torch._utils', '_rebuild_tensor_v2.__globals__'), '__globals__'],
    ['a known class of a module that only looks known', pickle.global('torch.FloatStorage', ''), 'torch.FloatStorage.'],
    [
      'a storage that is called',
      [...pickle.global('torch', 'FloatStorage'), ...pickle.tuple(), ...pickle.reduce],
      'calls only',
    ],
    ['a call within a call', [...tensorPickle().slice(0, -1), ...pickle.reduce, ...pickle.reduce], 'empty stack'],
    ['state for an object', [...tensorPickle(), ...pickle.dict({}), 0x62], 'BUILD'],
    ['a class as a value', pickle.dict({ a: pickle.global('torch', 'Size') }), 'must be data'],
    ['too many levels', nested(70), 'depth'],
    ['a list that holds itself', selfish, 'depth'],
    ['a bomb of references', bomb(9), 'values'],
    ['an integer of a gigabyte', [0x8b, 0, 0, 0, 0x40], 'digits'],
    ['text of a gigabyte', [0x58, 0, 0, 0, 0x40], 'textBytes'],
    ['text of 2^63 bytes', [0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80], 'textBytes'],
    ['text that is no UTF-8', [0x58, 1, 0, 0, 0, 0xff], 'UTF-8'],
    ['a memory that was never filled', pickle.get(4), 'remembered'],
    ['more than it has put', [0x30], 'empty stack'],
    ['a mark that was never set', [0x74], 'no mark'],
    ['a dict with an object as key', [0x7d, ...pickle.list(), ...pickle.none, 0x73], 'Keys'],
    ['a negative offset', tensorPickle({ offset: -1 }), 'offset'],
    ['a negative stride', tensorPickle({ strides: [-1] }), 'whole numbers'],
    ['a tensor beyond its storage', tensorPickle({ shape: [3] }), 'inside its storage'],
    ['an offset beyond its storage', tensorPickle({ offset: 3, shape: [0] }), 'inside its storage'],
    [
      'sizes beyond all numbers',
      tensorPickle({ shape: Array<number>(20).fill(2 ** 30), strides: Array<number>(20).fill(0) }),
      'bounded size',
    ],
    ['a tensor that repeats two elements too often', repeated(8192), 'bounded size'],
    ['many tensors that repeat two elements', pickle.list(...Array<number[]>(20).fill(repeated(4096))), 'too often'],
    ['more sizes than strides', tensorPickle({ shape: [1, 2] }), 'a stride for each'],
    ['another storage under one key', pickle.list(tensorPickle(), tensorPickle({ elements: 3 })), 'one way'],
    ['a storage of another type', tensorPickle({ type: 'ComplexFloatStorage' }), 'ComplexFloatStorage'],
    ['a storage with a path as key', tensorPickle({ key: '../0' }), 'plain name'],
    ['a storage that is not there', tensorPickle({ key: '1' }), 'no such member'],
    ['a storage of another size', tensorPickle({ elements: 4 }), 'must have 16 bytes'],
    ['an unknown operation', [0xff], '0xff'],
    ['a later protocol', [0x80, 9], 'protocol'],
  ])('with %s are refused', async (_, root, message) => {
    expect(await refusal(torchZip(root, storage))).toContain(message);
    const stored = [{ key: '0', elements: 2, bytes: floatBytes(1, 2) }];
    expect(await refusal(torchLegacy(root, stored))).not.toBe('opened');
  });
});

const good: readonly Member[] = [
  { name: 'm/data.pkl', bytes: pickle.whole(tensorPickle()) },
  { name: 'm/data/0', bytes: floatBytes(1, 2) },
];
const [data, first] = good as [Member, Member];

describe('damaged archives', () => {
  it.each([
    ['a compressed member', [data, { ...first, method: 8 }], 'stored as it is'],
    ['an encrypted member', [data, { ...first, flags: 1 }], 'stored as it is'],
    ['a member that says to be larger', [data, { ...first, size: 9 }], 'an overlap'],
    ['members over each other', [data, { ...first, header: 4 }], 'an overlap'],
    ['a member behind the end', [data, { ...first, header: 1e6 }], 'inside the file'],
    ['a name twice', [data, first, first], 'occur once'],
    ['a path that leaves the folder', [...good, { name: 'm/../../x', bytes: [] }], 'stay in its folder'],
    ['an absolute path', [...good, { name: '/etc/x', bytes: [] }], 'stay in its folder'],
    ['a path of another system', [...good, { name: 'm\\..\\x', bytes: [] }], 'stay in its folder'],
    ['another name in the member', [data, { ...first, localName: 'm/data/1' }], 'where its directory says'],
    ['no pickle', [first], 'one data.pkl'],
    ['two pickles', [...good, { ...data, name: 'n/data.pkl' }], 'one data.pkl'],
    ['a program', [...good, { ...data, name: 'm/constants.pkl' }], 'TorchScript'],
    ['another byte order', [...good, { name: 'm/byteorder', bytes: [0x62, 0x69, 0x67] }], 'byte order'],
    ['half a pickle', [{ ...data, bytes: data.bytes.slice(0, 60) }, first], 'cut off'],
  ] as const)('with %s are refused', async (_, members, message) => {
    expect(await refusal(zipOf(members))).toContain(message);
    expect(await refusal(zipOf(members, { large: true }))).toContain(message);
  });

  it('of the older form are refused', async () => {
    const whole = { key: '0', elements: 2, bytes: floatBytes(1, 2) };
    expect(await refusal(torchLegacy(tensorPickle(), [whole]))).toBe('opened');
    for (const [bytes, message] of [
      [torchLegacy(tensorPickle(), []), 'must list the storage'],
      [torchLegacy(tensorPickle(), [whole, whole]), 'listed once'],
      [torchLegacy(tensorPickle(), [{ ...whole, elements: 2 ** 40 }]), 'must have 2 elements'],
      [torchLegacy(tensorPickle(), [{ ...whole, elements: -1 }]), 'must have 2 elements'],
      [torchLegacy(tensorPickle(), [{ ...whole, bytes: [1] }]), 'up to byte'],
      [torchLegacy(tensorPickle(), [whole], { version: 7 }), 'must be 1001'],
      [torchLegacy(tensorPickle(), [whole], { littleEndian: [0x89] }), 'little-endian'],
      [Uint8Array.from(pickle.whole(pickle.int(1))), 'magic number'],
      [new Uint8Array(0), 'cut off'],
    ] as const)
      expect(await refusal(bytes)).toContain(message);
  });
});

describe('any damage', () => {
  const edits = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    minLength: 1,
    maxLength: 6,
  });
  const damage = fc.record({ edits, cut: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3000)) });

  /** Opens a file and reads what is small; every outcome but a value and a coded error is thrown. */
  async function outcome(bytes: Uint8Array): Promise<'read' | 'refused'> {
    try {
      const { entries, read } = await openTorch(countingSource(bytes));
      for (const [name, { dtype, shape }] of entries)
        if (elementCount(shape) * elementBytes(dtype) < 1e5) await read(name);
      return 'read';
    } catch (error) {
      if (isSim4SegError(error) && error.code === 'WEIGHTS_INVALID') return 'refused';
      throw error;
    }
  }

  it.each(['rich.zip.pth', 'rich.legacy.pth'])('of %s ends in a value or a coded error', async (name) => {
    const whole = await fixture(name);
    const counts = { read: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(damage, async ({ edits, cut }) => {
        const bytes = whole.slice(0, Math.max(0, whole.length - cut));
        for (const [at, value] of edits) bytes[Math.floor(at * (bytes.length - 1))] = value;
        counts[await outcome(bytes)] += 1;
      }),
      { numRuns: 600, interruptAfterTimeLimit: 4000 },
    );
    expect(counts.refused).toBeGreaterThan(0);
  });

  it('of a pickle alone ends in a value or a coded error', async () => {
    const root = pickle.dict({ a: tensorPickle(), b: pickle.list(pickle.int(1), pickle.text('x')) });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const changed = root.slice();
        for (const [at, value] of changes) changed[Math.floor(at * (changed.length - 1))] = value;
        expect(await outcome(torchZip(changed, storage))).toMatch(/read|refused/);
      }),
      { numRuns: 1000, interruptAfterTimeLimit: 4000 },
    );
  });
});
