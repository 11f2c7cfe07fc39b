import type { Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ByteSource } from '../weights/byte-source.js';
import { invalidWeights } from '../weights/invalid.js';

/** A file that is read in ranges; nothing of it is held in memory. */
export interface ByteFile extends ByteSource, AsyncDisposable {
  readonly path: string;
  close(): Promise<void>;
}

/** One system call reads at most 2 GB. */
const maxReadBytes = 2 ** 30;

/** Opens a file for reading in ranges. @throws WEIGHTS_INVALID where it is absent, a folder or unreadable. */
export async function openByteFile(path: string): Promise<ByteFile> {
  const full = resolve(path);
  // Looked at before it is opened: opening a pipe waits for somebody who writes into it.
  const { size } = await expectFile(full);
  const file = await open(full, 'r').catch((cause: Error) => {
    throw invalidWeights(`${full} must be a readable file`, cause.message, cause);
  });
  const close = () => file.close();
  const read = (begin: number, end: number) => readRange(file, begin, end, size);
  return { path: full, size, read, close, [Symbol.asyncDispose]: close };
}

async function expectFile(path: string): Promise<Stats> {
  const found = await stat(path).catch((cause: Error) => {
    throw invalidWeights(`${path} must be a readable file`, cause.message, cause);
  });
  if (found.isFile()) return found;
  throw invalidWeights(`${path} must be a file`, found.isDirectory() ? 'a folder' : 'something else');
}

async function readRange(file: FileHandle, begin: number, end: number, size: number): Promise<Uint8Array> {
  if (begin > end || end > size) throw invalidWeights(`the file must reach byte ${end}`, `it ends at ${size}`);
  const bytes = allocate(end - begin);
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - done, maxReadBytes);
    const { bytesRead } = await file.read(bytes, done, length, begin + done);
    if (!bytesRead) throw invalidWeights(`the file must reach byte ${end}`, `it ends at ${begin + done}`);
    done += bytesRead;
  }
  return bytes;
}

function allocate(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw invalidWeights('a tensor that is read must fit into memory', `${bytes} bytes`, cause);
  }
}
