import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';

/** Writes beside the file and renames, so that nobody reads half of it. @throws WRITE_FAILED, DISK_FULL */
export async function writeFileAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new Sim4SegError(full ? 'DISK_FULL' : 'WRITE_FAILED', {
      must: 'The folder for cases must be writable',
      got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: full ? 'Free some space or choose another folder' : 'Check the folder and its permissions',
      cause,
    });
  }
}
