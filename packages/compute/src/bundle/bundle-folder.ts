import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { hashFile, hashOf } from './file-hash.js';
import { damagedBundle, manifestFile, parseManifest, type BundleManifest } from './manifest.js';

/** A bundle on disk whose files have been checked. */
export interface BundleFolder {
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** sha256 of the manifest, which holds the hashes of all other files. */
  readonly sha256: string;
}

/**
 * Reads the manifest of a folder and checks every file against its hash.
 * @throws BUNDLE_MISSING without a manifest; BUNDLE_DAMAGED naming the file that is absent or differs.
 */
export async function loadBundleFolder(path: string): Promise<BundleFolder> {
  const folder = resolve(path);
  const json = await readFile(join(folder, manifestFile)).catch((cause: Error) => {
    throw new Sim4SegError('BUNDLE_MISSING', {
      must: `${folder} must hold a bundle with ${manifestFile}`,
      got: cause.message,
      fix: 'name the folder of a bundle, such as the one that "sim4seg train" writes',
      cause,
    });
  });
  const manifest = parseManifest(json.toString('utf8'), join(folder, manifestFile));
  expectListed(manifest);
  await Promise.all(Object.entries(manifest.files).map((entry) => expectIntact(folder, ...entry)));
  return { folder, manifest, sha256: hashOf([json]).sha256 };
}

function expectListed({ weights, graphs, files }: BundleManifest): void {
  for (const file of [weights.file, ...Object.values(graphs).map((graph) => graph.file)])
    if (!Object.hasOwn(files, file))
      throw damagedBundle('The manifest must list every file that it uses', `no ${file}`);
}

async function expectIntact(
  folder: string,
  file: string,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
): Promise<void> {
  const found = await hashFile(join(folder, file)).catch((cause: Error) => {
    throw damagedBundle(`The bundle in ${folder} must hold ${file}`, cause.message, cause);
  });
  if (found.bytes !== bytes) throw damagedBundle(`${file} of ${folder} must have ${bytes} bytes`, `${found.bytes}`);
  if (found.sha256 !== sha256) throw damagedBundle(`${file} of ${folder} must have sha256 ${sha256}`, found.sha256);
}
