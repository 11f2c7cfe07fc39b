import { open, type FileHandle } from 'node:fs/promises';
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
  const file = await open(full, 'r').catch((cause: Error) => {
    throw invalidWeights(`${full} must be a readable file`, cause.message, cause);
  });
  const stat = await file.stat();
  const close = () => file.close();
  if (!stat.isFile()) {
    await close();
    throw invalidWeights(`${full} must be a file`, 'something else');
  }
  const read = (begin: number, end: number) => readRange(file, begin, end, stat.size);
  return { path: full, size: stat.size, read, close, [Symbol.asyncDispose]: close };
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
