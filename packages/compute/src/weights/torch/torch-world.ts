import { elementBytes, elementCount, type ElementType } from '../tensor-value.js';
import { expectWithin, refuseTorch, torchLimits } from './limits.js';
import type { PickleWorld } from './pickle-machine.js';
import {
  PickleDict,
  PickleGlobal,
  PickleSequence,
  TorchStorage,
  TorchTensor,
  type PickleValue,
} from './pickle-values.js';

const storageTypes: ReadonlyMap<string, ElementType> = new Map([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
]);

type Args = readonly PickleValue[];

const calls: ReadonlyMap<string, (args: Args) => PickleValue> = new Map<string, (args: Args) => PickleValue>([
  ['collections.OrderedDict', orderedDict],
  ['torch.Size', (args) => sizeOf(args[0])],
  ['torch._utils._rebuild_tensor_v2', rebuildTensor],
  ['torch._utils._rebuild_parameter', (args) => expectTensor(args[0])],
]);

/** The names that tensors need, and the storages that a file refers to. */
export interface TorchWorld extends PickleWorld {
  /** Storages by key, as the pickle describes them. */
  readonly storages: ReadonlyMap<string, TorchStorage>;
}

/** A world that knows tensors only. */
export function createTorchWorld(): TorchWorld {
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    isKnown: (name) => calls.has(name) || storageTypes.has(name),
    call(callee, args) {
      const run = calls.get(callee.name);
      if (!run) throw refuseTorch('A pickle of tensors calls only what rebuilds tensors', callee.name);
      return run(args);
    },
    persistent: (id) => storageOf(id, storages),
  };
}

/** `('storage', type, key, device, elements)` and in old files `(key of a part, begin, elements)` or None. */
function storageOf(id: PickleValue, storages: Map<string, TorchStorage>): TorchStorage {
  const [tag, type, key, , elements, view] = id instanceof PickleSequence ? id.items : [];
  const dtype = type instanceof PickleGlobal ? storageTypes.get(type.name) : undefined;
  if (tag !== 'storage' || !dtype || typeof key !== 'string' || !isCount(elements))
    throw refuseTorch('A persistent id of a torch file must describe a storage', describe(id));
  if (!/^[\w-]{1,64}$/.test(key)) throw refuseTorch('The key of a storage must be a plain name', JSON.stringify(key));
  const storage = new TorchStorage(key, dtype, elements);
  const known = storages.get(key) ?? storage;
  if (known.dtype !== dtype || known.elements !== elements)
    throw refuseTorch(`The storage ${key} must be described in one way`, 'two types or sizes');
  storages.set(key, known);
  return view instanceof PickleSequence ? partOf(known, view.items) : known;
}

function partOf(storage: TorchStorage, [, begin, elements]: Args): TorchStorage {
  if (isCount(begin) && isCount(elements) && begin + elements <= storage.elements)
    return new TorchStorage(storage.key, storage.dtype, elements, begin);
  throw refuseTorch(`A part of the storage ${storage.key} must lie inside it`, `${String(begin)} and more`);
}

function rebuildTensor([storage, offset, size, stride, , , metadata]: Args): TorchTensor {
  if (!(storage instanceof TorchStorage) || !isCount(offset))
    throw refuseTorch('A tensor has a storage and an offset from 0', describe(offset ?? null));
  const [shape, strides] = [countsOf(size), countsOf(stride)];
  if (shape.length !== strides.length || (metadata instanceof PickleDict && metadata.items.size))
    throw refuseTorch('A tensor has a stride for each size and is neither negated nor conjugated', 'another tensor');
  expectWithin('axes', shape.length);
  expectInside(storage, offset, shape, strides);
  return new TorchTensor(storage, offset, shape, strides);
}

function expectInside(
  storage: TorchStorage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const count = elementCount(shape);
  const reach = count
    ? shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), offset + 1)
    : offset;
  if (!(reach <= storage.elements))
    throw refuseTorch(
      `A tensor [${shape}] must lie inside its storage of ${storage.elements} elements`,
      `up to ${reach}`,
    );
  if (
    count > Math.max(storage.elements, torchLimits.repeatedElements) ||
    !Number.isSafeInteger(count * elementBytes(storage.dtype))
  )
    throw refuseTorch('A tensor that repeats stored elements must have a bounded size', `[${shape}]`);
}

function orderedDict([pairs]: Args): PickleDict {
  const dict = new PickleDict();
  const items = pairs instanceof PickleSequence ? pairs.items : [];
  for (const pair of items) {
    const [key, value] = pair instanceof PickleSequence ? pair.items : [];
    if (typeof key !== 'string') throw refuseTorch('An OrderedDict is made of names and values', describe(pair));
    dict.items.set(key, value ?? null);
  }
  return dict;
}

function sizeOf(value: PickleValue | undefined): PickleSequence {
  return new PickleSequence('tuple', countsOf(value));
}

function expectTensor(value: PickleValue | undefined): TorchTensor {
  if (value instanceof TorchTensor) return value;
  throw refuseTorch('A parameter must hold a tensor', describe(value ?? null));
}

function countsOf(value: PickleValue | undefined): number[] {
  if (value instanceof PickleSequence && value.items.every(isCount)) return value.items as number[];
  throw refuseTorch('Sizes and strides must be whole numbers from 0', describe(value ?? null));
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function describe(value: PickleValue): string {
  if (value === null || typeof value !== 'object') return String(value).slice(0, 40);
  return value instanceof PickleSequence ? `a ${value.kind} of ${value.items.length}` : 'an object';
}
