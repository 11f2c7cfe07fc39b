import { createHash, randomBytes } from 'node:crypto';
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises';

/**
 * A model that carries its own hash: a last entry of `metadata_props`, which every reader of ONNX takes as metadata.
 * One file, so that neither a crash nor a second process can leave a model beside the hash of another.
 */
const KEY = 'sim4seg.sha256';
const HASH_LENGTH = 64;
/** Field 14 of ModelProto with length, then key (field 1) and value (field 2), each with length. */
const seal = (sha256: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x72, 2 + KEY.length + 2 + HASH_LENGTH, 0x0a, KEY.length]),
    Buffer.from(KEY),
    Buffer.from([0x12, HASH_LENGTH]),
    Buffer.from(sha256),
  ]);
const SEAL_LENGTH = seal('0'.repeat(HASH_LENGTH)).length;

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Makes an empty file beside `path` that one process alone writes; shows whether the folder takes files. */
export async function createBeside(path: string): Promise<string> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  await (await open(temporary, 'wx')).close();
  return temporary;
}

/** Seals a complete temporary file and puts it in the place of `path` in one step. Returns its size in bytes. */
export async function sealInto(temporary: string, path: string): Promise<number> {
  const bytes = await readFile(temporary);
  await appendFile(temporary, seal(sha256Of(bytes)));
  await rename(temporary, path);
  return bytes.byteLength + SEAL_LENGTH;
}

/** Bytes of a sealed file; null where it is absent, and the damaged file is removed where its seal does not fit. */
export async function readSealed(path: string): Promise<Uint8Array | null> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes) return null;
  const model = bytes.subarray(0, Math.max(0, bytes.byteLength - SEAL_LENGTH));
  if (bytes.subarray(model.byteLength).equals(seal(sha256Of(model)))) return bytes;
  await rm(path, { force: true }).catch(() => undefined);
  return null;
}
