import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';

/** Moments of an atomic write that an observer hears of, in this order. */
export type WriteMoment = 'temporary-written' | 'before-rename' | 'after-rename';

/** Who wants to know how far a write has come; kill tests end the process from here. */
export interface WriteAtomicOptions {
  readonly onMoment?: (moment: WriteMoment) => void | Promise<void>;
}

/** One system call writes at most 2 GB. */
const maxWriteBytes = 2 ** 30;

/** Bytes that follow those before, or bytes for a place of their own. */
export type WritePiece = Uint8Array | { readonly at: number; readonly bytes: Uint8Array };

/** What a file is made of; an asynchronous series is written as it comes, so that it need not fit into memory. */
export type FileContent = string | Uint8Array | Iterable<WritePiece> | AsyncIterable<WritePiece>;

/**
 * Replaces a file in one step: readers see the old content or the new one, never a part, also after a power cut.
 * @throws DISK_FULL and WRITE_FAILED; the old file is then unchanged and the temporary file removed.
 */
export async function writeFileAtomic(
  path: string,
  content: FileContent,
  options: WriteAtomicOptions = {},
): Promise<void> {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, toPieces(content));
    await options.onMoment?.('temporary-written');
    await options.onMoment?.('before-rename');
    await rename(temporary, path);
    await syncFolder(dirname(path));
    await options.onMoment?.('after-rename');
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

function toPieces(content: FileContent): Iterable<WritePiece> | AsyncIterable<WritePiece> {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
}

async function writeSynced(path: string, pieces: Iterable<WritePiece> | AsyncIterable<WritePiece>): Promise<void> {
  const file = await open(path, 'wx');
  let end = 0;
  try {
    for await (const piece of pieces) {
      const { at, bytes } = piece instanceof Uint8Array ? { at: end, bytes: piece } : piece;
      await writeWhole(file, bytes, at);
      end = at + bytes.byteLength;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - done, maxWriteBytes);
    done += (await file.write(bytes, done, length, at + done)).bytesWritten;
  }
}

/** The rename itself is durable only once the folder is. Folders cannot be synced on every system. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  try {
    await folder?.sync();
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  } finally {
    await folder?.close();
  }
}

function isUnsupported(error: unknown): boolean {
  return ['EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM', 'EBADF'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}

function writeError(path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  if (!/^E[A-Z0-9]+$/.test(code)) return cause;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new Sim4SegError(full ? 'DISK_FULL' : 'WRITE_FAILED', {
    must: `${path} must be writable`,
    got: (cause as Error).message,
    fix: full ? 'free some space and run again; what was there before is unchanged' : 'check the folder and its rights',
    cause,
  });
}
