import { open, type FileHandle } from 'node:fs/promises';
import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import { headerLength, parseHeader, prefixBytes, type SafetensorsHeader } from '../weights/header.js';
import { invalidWeights } from '../weights/invalid.js';
import { safetensorsPieces, type SafetensorsContent, type WritableTensor } from '../weights/safetensors.js';
import { elementsOf, type WeightTensor } from '../weights/tensor-value.js';
import { writeFileAtomic, type WriteAtomicOptions } from './write-atomic.js';

/** A safetensors file that is read piece by piece; only the header is in memory. */
export interface SafetensorsFile extends SafetensorsHeader, AsyncDisposable {
  readonly path: string;
  /** Reads one tensor. @throws WEIGHTS_INVALID for a name that the file does not hold. */
  read(name: string): Promise<WeightTensor>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and checks its header.
 * @throws WEIGHTS_INVALID where it is absent, unreadable or damaged.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openForReading(path);
  try {
    const header = await readHeader(file);
    const close = () => file.close();
    const read = (name: string) => readTensor(file, header, name);
    return { ...header, path, read, close, [Symbol.asyncDispose]: close };
  } catch (cause) {
    await file.close();
    throw cause instanceof Error ? namePath(path, cause) : cause;
  }
}

/**
 * Reads all tensors of a file, or those whose names `wanted` accepts.
 * @throws WEIGHTS_INVALID where it is absent, unreadable or damaged.
 */
export async function readSafetensorsFile(
  path: string,
  wanted: (name: string) => boolean = () => true,
): Promise<SafetensorsContent> {
  await using file = await openSafetensors(path);
  const tensors = Object.create(null) as Record<string, WeightTensor>;
  for (const name of file.entries.keys()) if (wanted(name)) tensors[name] = await file.read(name);
  return { tensors, metadata: file.metadata };
}

/**
 * Writes a safetensors file in one step; tensors go to the disk without a second copy in memory.
 * @throws WEIGHTS_INVALID, DISK_FULL, WRITE_FAILED
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: Readonly<Record<string, WritableTensor>>,
  options: WriteAtomicOptions & { readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await writeFileAtomic(path, safetensorsPieces(tensors, options.metadata), options);
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    throw invalidWeights(`${path} must be a readable file`, (cause as Error).message, cause);
  }
}

async function readHeader(file: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  const prefix = await readRange(file, 0, Math.min(prefixBytes, size));
  const length = headerLength(prefix, size);
  return parseHeader(await readRange(file, prefixBytes, prefixBytes + length), size);
}

async function readTensor(file: FileHandle, header: SafetensorsHeader, name: string): Promise<WeightTensor> {
  const entry = header.entries.get(name);
  if (!entry) throw invalidWeights(`the file must hold a tensor "${name}"`, `${header.entries.size} others`);
  const bytes = await readRange(file, entry.begin, entry.end);
  return { data: elementsOf(bytes, entry.dtype), shape: entry.shape, dtype: entry.dtype };
}

async function readRange(file: FileHandle, begin: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let done = 0;
  while (done < bytes.byteLength) {
    // One call reads at most 2 GB.
    const length = Math.min(bytes.byteLength - done, 2 ** 30);
    const { bytesRead } = await file.read(bytes, done, length, begin + done);
    if (!bytesRead) throw invalidWeights(`the file must reach byte ${end}`, `it ends at ${begin + done}`);
    done += bytesRead;
  }
  return bytes;
}

function namePath(path: string, cause: Error): Error {
  if (!isSim4SegError(cause)) return invalidWeights(`${path} must be readable`, cause.message, cause);
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: cause.must,
    got: `${cause.got} in ${path}`,
    fix: cause.fix,
    cause,
  });
}
