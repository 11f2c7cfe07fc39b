import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { manifestFile } from '../manifest.js';

const hashPattern = /^[0-9a-f]{64}$/;
const partialEnding = '.partial';

/** @throws USAGE: the name of a folder is made of it */
export function expectHash(sha256: string): void {
  if (hashPattern.test(sha256)) return;
  throw new Sim4SegError('USAGE', {
    must: 'A bundle on a server must be named with the sha256 of its manifest, 64 hex digits',
    got: JSON.stringify(sha256).slice(0, 80),
    fix: 'take it from where the address comes from; "sim4seg bundle verify" prints it for a folder',
  });
}

/** Folder of a bundle in the cache. @throws USAGE */
export function bundleFolderOf(sha256: string, cacheFolder: string): string {
  expectHash(sha256);
  return join(resolve(cacheFolder), sha256);
}

/** Folder of a bundle that has not come whole yet. */
export function partialFolderOf(sha256: string, cacheFolder: string): string {
  return bundleFolderOf(sha256, cacheFolder) + partialEnding;
}

/** Whether a bundle is in the cache, so that it opens without a network. @throws USAGE */
export function isCached({ sha256 }: { readonly sha256: string }, cacheFolder: string): boolean {
  return existsSync(join(bundleFolderOf(sha256, cacheFolder), manifestFile));
}

/**
 * Removes downloaded bundles, also those that have not come whole; other files of the folder stay.
 * @param only the bundle that goes; all if left out
 */
export async function clearCache(cacheFolder: string, only?: { readonly sha256: string }): Promise<void> {
  if (only) expectHash(only.sha256);
  const names = await readdir(cacheFolder).catch(() => []);
  for (const name of names) {
    const sha256 = name.endsWith(partialEnding) ? name.slice(0, -partialEnding.length) : name;
    if (hashPattern.test(sha256) && (only?.sha256 ?? sha256) === sha256)
      await rm(join(cacheFolder, name), { recursive: true });
  }
}
