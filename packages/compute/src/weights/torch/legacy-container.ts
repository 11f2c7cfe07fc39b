import type { ByteSource } from '../byte-source.js';
import { elementBytes } from '../tensor-value.js';
import type { TorchContainer } from './container.js';
import { expectWithin, refuseTorch, torchLimits } from './limits.js';
import { PickleEnds } from './pickle-cursor.js';
import { PickleMachine, type PickleWorld } from './pickle-machine.js';
import { PickleDict, PickleSequence, type PickleValue, type TorchStorage } from './pickle-values.js';
import { createTorchWorld } from './torch-world.js';

const magic = 0x1950a86a20f9469cfc6cn;
const version = 1001;
const firstPieceBytes = 2 ** 16;

/**
 * Opens what torch.save wrote before version 1.6: pickles of a magic number, a version, the system, the object and the
 * storages' keys, then each storage with its length.
 * @throws WEIGHTS_INVALID
 */
export async function openLegacyContainer(source: ByteSource): Promise<TorchContainer> {
  const pickles = new PickleSeries(source);
  if ((await pickles.next()) !== magic) throw refuseTorch('A torch file must begin with its magic number', 'another');
  const stored = await pickles.next();
  if (stored !== version) throw refuseTorch(`The version of a torch file must be ${version}`, describe(stored));
  expectLittleEndian(await pickles.next());
  const world = createTorchWorld();
  const root = await pickles.next(world);
  const keys = toKeys(await pickles.next());
  return {
    format: 'torch-legacy',
    root,
    places: await findStorages(source, pickles.at, { keys, storages: world.storages }),
  };
}

/** Pickles one after the other; more of the file is read where one does not end in what is there. */
class PickleSeries {
  at = 0;

  constructor(private readonly source: ByteSource) {}

  async next(world: PickleWorld = createTorchWorld()): Promise<PickleValue> {
    for (let length = firstPieceBytes; ; length *= 4) {
      const end = Math.min(this.source.size, this.at + Math.min(length, torchLimits.pickleBytes));
      const machine = new PickleMachine(await this.source.read(this.at, end), world);
      try {
        const value = machine.run();
        this.at += machine.cursor.at;
        return value;
      } catch (cause) {
        if (!(cause instanceof PickleEnds)) throw cause;
        if (end === this.source.size)
          throw refuseTorch('A torch file must hold whole pickles', 'one that was cut off', cause);
        expectWithin('pickleBytes', length);
      }
    }
  }
}

async function findStorages(
  source: ByteSource,
  start: number,
  { keys, storages }: { readonly keys: readonly string[]; readonly storages: ReadonlyMap<string, TorchStorage> },
): Promise<TorchContainer['places']> {
  const places = new Map<string, { begin: number; end: number }>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage || places.has(key)) throw refuseTorch('Each storage must be listed once and used', key);
    if (at + 8 > source.size)
      throw refuseTorch(`The file must hold the storage ${key}`, `an end at byte ${source.size}`);
    const length = await source.read(at, at + 8);
    const elements = new DataView(length.buffer, length.byteOffset).getBigInt64(0, true);
    if (elements !== BigInt(storage.elements))
      throw refuseTorch(`The storage ${key} must have ${storage.elements} elements, as its tensors say`, `${elements}`);
    const end = at + 8 + storage.elements * elementBytes(storage.dtype);
    if (end > source.size)
      throw refuseTorch(`The file must hold the storage ${key} up to byte ${end}`, `${source.size} bytes`);
    places.set(key, { begin: at + 8, end });
    at = end;
  }
  for (const key of storages.keys())
    if (!places.has(key)) throw refuseTorch(`The file must list the storage ${key}`, 'it is not there');
  return places;
}

function expectLittleEndian(system: PickleValue): void {
  if (system instanceof PickleDict && system.items.get('little_endian') === true) return;
  throw refuseTorch('A torch file must come from a little-endian system', describe(system));
}

function toKeys(value: PickleValue): string[] {
  if (value instanceof PickleSequence && value.items.every((key) => typeof key === 'string'))
    return value.items as string[];
  throw refuseTorch('A torch file must list the keys of its storages', describe(value));
}

function describe(value: PickleValue): string {
  return typeof value === 'object' && value !== null ? 'another object' : String(value).slice(0, 40);
}
