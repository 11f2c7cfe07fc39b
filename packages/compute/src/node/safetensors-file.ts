import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import type { ByteSource } from '../weights/byte-source.js';
import { headerLength, parseHeader, prefixBytes, type SafetensorsHeader } from '../weights/header.js';
import { invalidWeights } from '../weights/invalid.js';
import { safetensorsPieces, type SafetensorsContent, type WritableTensor } from '../weights/safetensors.js';
import type { WeightsReader } from '../weights/reader.js';
import { elementsOf, type WeightTensor } from '../weights/tensor-value.js';
import { openByteFile } from './byte-file.js';
import { writeFileAtomic, type WriteAtomicOptions } from './write-atomic.js';

/** A safetensors file that is read piece by piece; only the header is in memory. */
export interface SafetensorsFile extends SafetensorsHeader, WeightsReader {
  readonly format: 'safetensors';
  readonly entries: SafetensorsHeader['entries'];
}

/**
 * Opens a safetensors file and checks its header.
 * @throws WEIGHTS_INVALID where it is absent, unreadable or damaged.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await openByteFile(path);
  try {
    const header = await readHeader(file);
    const close = () => file.close();
    const read = (name: string) => readTensor(file, header, name);
    return { ...header, format: 'safetensors', path: file.path, read, close, [Symbol.asyncDispose]: close };
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

async function readHeader(file: ByteSource): Promise<SafetensorsHeader> {
  const length = headerLength(await file.read(0, Math.min(prefixBytes, file.size)), file.size);
  return parseHeader(await file.read(prefixBytes, prefixBytes + length), file.size);
}

async function readTensor(file: ByteSource, header: SafetensorsHeader, name: string): Promise<WeightTensor> {
  const entry = header.entries.get(name);
  if (!entry) throw invalidWeights(`the file must hold a tensor "${name}"`, `${header.entries.size} others`);
  const bytes = await file.read(entry.begin, entry.end);
  return { data: elementsOf(bytes, entry.dtype), shape: entry.shape, dtype: entry.dtype };
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
