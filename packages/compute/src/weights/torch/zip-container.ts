import type { ByteSource } from '../byte-source.js';
import { elementBytes } from '../tensor-value.js';
import type { TorchContainer } from './container.js';
import { expectWithin, refuseTorch } from './limits.js';
import { PickleEnds } from './pickle-cursor.js';
import { PickleMachine } from './pickle-machine.js';
import type { PickleValue, TorchStorage } from './pickle-values.js';
import { createTorchWorld } from './torch-world.js';
import { locateMember, readZipDirectory, type ZipMember } from './zip-directory.js';

type Members = ReadonlyMap<string, ZipMember>;

/** Opens what torch.save has written since version 1.6. @throws WEIGHTS_INVALID */
export async function openZipContainer(source: ByteSource): Promise<TorchContainer> {
  const members = await readZipDirectory(source);
  const root = rootOf(members);
  await expectLittleEndian(source, members.get(`${root}/byteorder`));
  const world = createTorchWorld();
  const pickle = await readMember(source, expectMember(members, `${root}/data.pkl`));
  const value = runWhole(new PickleMachine(pickle, world));
  const places = new Map<string, { begin: number; end: number }>();
  for (const [key, storage] of world.storages) {
    const member = expectMember(members, `${root}/data/${key}`);
    expectSize(member, storage);
    places.set(key, await locateMember(source, member));
  }
  return { format: 'torch-zip', root: value, places };
}

/** The folder that all members lie in. */
function rootOf(members: Members): string {
  const roots = [...members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [name] = roots;
  if (roots.length !== 1 || !name)
    throw refuseTorch('An archive of torch.save must hold one data.pkl', `${roots.length}`);
  const root = name.slice(0, -'/data.pkl'.length);
  if (members.has(`${root}/constants.pkl`))
    throw refuseTorch('A torch file must hold tensors', 'a TorchScript archive, which holds a program');
  return root;
}

function expectMember(members: Members, name: string): ZipMember {
  const member = members.get(name);
  if (!member) throw refuseTorch(`The archive must hold ${name}`, 'no such member');
  return member;
}

async function readMember(source: ByteSource, member: ZipMember): Promise<Uint8Array> {
  expectWithin('pickleBytes', member.bytes);
  const { begin, end } = await locateMember(source, member);
  return source.read(begin, end);
}

async function expectLittleEndian(source: ByteSource, member: ZipMember | undefined): Promise<void> {
  if (!member) return;
  const order = member.bytes <= 16 ? new TextDecoder().decode(await readMember(source, member)) : 'another';
  if (order !== 'little') throw refuseTorch('The byte order of a torch file must be little', order);
}

function runWhole(machine: PickleMachine): PickleValue {
  try {
    return machine.run();
  } catch (cause) {
    if (cause instanceof PickleEnds)
      throw refuseTorch('data.pkl must be a whole pickle', 'one that was cut off', cause);
    throw cause;
  }
}

function expectSize({ name, bytes }: ZipMember, { elements, dtype }: TorchStorage): void {
  const needed = elements * elementBytes(dtype);
  if (bytes !== needed) throw refuseTorch(`${name} must have ${needed} bytes, as its tensors say`, `${bytes} bytes`);
}
