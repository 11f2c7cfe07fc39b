import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { toSim4SegError } from '@sim4seg/core';

/**
 * Fills a folder beside its place and then moves it there: a reader sees the old folder or the new one.
 * @throws WRITE_FAILED, or what `fill` throws; an older folder at this place is then unchanged.
 */
export async function replaceFolder(folder: string, fill: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${folder}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(fresh, { recursive: true });
    await fill(fresh);
    await moveFolder(fresh, folder);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw toSim4SegError(cause, 'WRITE_FAILED', {
      must: `${folder} must be writable`,
      fix: 'check its rights and space',
    });
  }
}

async function moveFolder(fresh: string, folder: string): Promise<void> {
  if (!existsSync(folder)) return rename(fresh, folder);
  // A folder that is not empty cannot be replaced in one step: the old one steps aside and comes back on failure.
  const aside = `${folder}.${randomBytes(4).toString('hex')}.old`;
  await rename(folder, aside);
  try {
    await rename(fresh, folder);
  } catch (cause) {
    await rename(aside, folder);
    throw cause;
  }
  await rm(aside, { recursive: true });
}
