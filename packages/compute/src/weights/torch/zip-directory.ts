import type { ByteSource } from '../byte-source.js';
import { refuseTorch } from './limits.js';

/** A member of an archive, as the central directory describes it. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: number;
  /** Where its local header begins. */
  readonly header: number;
  /** What it must end before: the next member, or the directory. */
  readonly limit: number;
}

interface Directory {
  readonly begin: number;
  readonly bytes: number;
  readonly members: number;
}

const endBytes = 22;
const maxCommentBytes = 65535;
const maxDirectoryBytes = 2 ** 27;
const memberBytes = 46;
const localBytes = 30;

/**
 * Reads the list of members of a zip archive (also ZIP64) that stores them uncompressed, as torch.save does.
 * @throws WEIGHTS_INVALID for compressed, encrypted, overlapping or repeated members, and for paths that leave a folder
 */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipMember>> {
  const directory = await findDirectory(source);
  const { begin, bytes } = directory;
  const listed = parseMembers(await source.read(begin, begin + bytes), directory);
  listed.sort((a, b) => a.header - b.header);
  const members = new Map<string, ZipMember>();
  for (const [i, member] of listed.entries()) {
    const limit = listed[i + 1]?.header ?? begin;
    if (member.header + localBytes + member.nameBytes + member.bytes > limit)
      throw refuseTorch(`"${member.name}" of the archive must end before the next member`, 'an overlap');
    if (members.has(member.name)) throw refuseTorch('Each member of the archive must occur once', member.name);
    members.set(member.name, { ...member, limit });
  }
  return members;
}

/** Place of a member's bytes, which its local header tells. @throws WEIGHTS_INVALID where the two headers disagree */
export async function locateMember(source: ByteSource, member: ZipMember): Promise<{ begin: number; end: number }> {
  const { name, header, bytes, limit } = member;
  const local = viewOf(await source.read(header, header + localBytes));
  const nameBytes = local.getUint16(26, true);
  const begin = header + localBytes + nameBytes + local.getUint16(28, true);
  const stored = decodeName(await source.read(header + localBytes, Math.min(limit, header + localBytes + nameBytes)));
  if (local.getUint32(0, true) !== 0x04034b50 || stored !== name || begin + bytes > limit)
    throw refuseTorch(`"${name}" of the archive must lie where its directory says`, 'another header');
  return { begin, end: begin + bytes };
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const start = Math.max(0, source.size - endBytes - maxCommentBytes);
  const tail = await source.read(start, source.size);
  const view = viewOf(tail);
  for (let at = tail.byteLength - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (view.getUint16(at + 20, true) !== tail.byteLength - at - endBytes) continue;
    const plain = { begin: view.getUint32(at + 16, true), bytes: view.getUint32(at + 12, true) };
    const directory = { ...plain, members: view.getUint16(at + 10, true) };
    return checkDirectory((await findLargeDirectory(source, start + at)) ?? directory, start + at);
  }
  throw refuseTorch('A zip archive must end with its directory', 'a file that was cut off or is none');
}

/** ZIP64: a second record before the end, for more than 4 GB or 65,535 members. */
async function findLargeDirectory(source: ByteSource, end: number): Promise<Directory | undefined> {
  if (end < 20) return undefined;
  const locator = viewOf(await source.read(end - 20, end));
  if (locator.getUint32(0, true) !== 0x07064b50) return undefined;
  const at = toNumber(locator.getBigUint64(8, true));
  if (at + 56 > end - 20) throw refuseTorch('The directory of a large archive must lie inside the file', `byte ${at}`);
  const record = viewOf(await source.read(at, at + 56));
  if (record.getUint32(0, true) !== 0x06064b50)
    throw refuseTorch('A large archive must have its second directory record', 'another record');
  const number = (offset: number) => toNumber(record.getBigUint64(offset, true));
  return { begin: number(48), bytes: number(40), members: number(32) };
}

function checkDirectory(directory: Directory, end: number): Directory {
  const { begin, bytes, members } = directory;
  if (bytes <= maxDirectoryBytes && begin + bytes <= end && members * memberBytes <= bytes) return directory;
  throw refuseTorch('The directory of the archive must lie inside the file', `${bytes} bytes at ${begin}`);
}

interface ListedMember extends Omit<ZipMember, 'limit'> {
  readonly nameBytes: number;
}

function parseMembers(bytes: Uint8Array, { members, begin }: Directory): ListedMember[] {
  const listed: ListedMember[] = [];
  let at = 0;
  for (let i = 0; i < members; i++) {
    if (at + memberBytes > bytes.byteLength)
      throw refuseTorch('The directory must list every member', `${i} of ${members}`);
    const { member, length } = parseMember(bytes.subarray(at), begin);
    listed.push(member);
    at += length;
  }
  return listed;
}

function parseMember(bytes: Uint8Array, directoryBegin: number): { member: ListedMember; length: number } {
  const view = viewOf(bytes);
  const [nameBytes, extraBytes, comment] = [28, 30, 32].map((at) => view.getUint16(at, true)) as [
    number,
    number,
    number,
  ];
  const length = memberBytes + nameBytes + extraBytes + comment;
  if (view.getUint32(0, true) !== 0x02014b50 || length > bytes.byteLength)
    throw refuseTorch('The directory of the archive must hold members', 'something else');
  const name = expectSafeName(decodeName(bytes.subarray(memberBytes, memberBytes + nameBytes)));
  const extra = bytes.subarray(memberBytes + nameBytes, memberBytes + nameBytes + extraBytes);
  const short = [24, 20, 42].map((at) => view.getUint32(at, true));
  const [size, packed, header] = widen(short, extra) as [number, number, number];
  if (view.getUint16(10, true) !== 0 || view.getUint16(8, true) & 1 || size !== packed)
    throw refuseTorch(`"${name}" of the archive must be stored as it is`, 'a compressed or encrypted member');
  if (header + size > directoryBegin)
    throw refuseTorch(`"${name}" of the archive must lie inside the file`, `${size} bytes`);
  return { member: { name, bytes: size, header, nameBytes }, length };
}

/** Numbers that do not fit 32 bits stand in the extra field 1, in the order of the fields. */
function widen(short: readonly number[], extra: Uint8Array): number[] {
  const large = findExtra(extra);
  let at = 0;
  return short.map((value) => {
    if (value !== 0xffffffff || !large) return value;
    if (at + 8 > large.byteLength) throw refuseTorch('A large member must state its sizes', 'a short extra field');
    at += 8;
    return toNumber(large.getBigUint64(at - 8, true));
  });
}

function findExtra(extra: Uint8Array): DataView | undefined {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = view.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) return undefined;
    if (view.getUint16(at, true) === 1) return viewOf(extra.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

function expectSafeName(name: string): string {
  const isSafe = !/^[/\\]|\\|:|\0/.test(name) && !name.split('/').includes('..');
  if (!isSafe) throw refuseTorch('Members of the archive must stay in its folder', JSON.stringify(name));
  return name;
}

function decodeName(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw refuseTorch('Sizes of an archive must fit the file', String(value));
  return Number(value);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
