import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { hashFile, hashOf } from './file-hash.js';
import { damagedBundle, manifestFile, parseManifest, type BundleManifest } from './manifest.js';
import { readLocalPaths } from './references.js';

/** A bundle on disk whose files have been checked. */
export interface BundleFolder {
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** sha256 of the manifest, which holds the hashes of all other files. */
  readonly sha256: string;
  /** Place of a file of the bundle, or of one that it refers to. */
  pathOf(file: string): string;
}

export interface LoadBundleOptions {
  /**
   * Which files are read and compared with their hash: those of at most 64 MB, or all. Presence and size of every file
   * are always checked; larger ones are compared when they are downloaded and by `verifyBundle` (ADR 0070).
   */
  readonly hashes?: 'small' | 'all';
}

/** Hashing this much takes about 0.1 s. */
const smallBytes = 2 ** 26;

/**
 * Reads the manifest of a folder and checks its files.
 * @throws BUNDLE_MISSING without a manifest or a file that is referred to; BUNDLE_DAMAGED naming the file that is absent
 * or differs; PATH_OUTSIDE where a file is not inside the folder.
 */
export async function loadBundleFolder(
  path: string,
  { hashes = 'small' }: LoadBundleOptions = {},
): Promise<BundleFolder> {
  const { folder, manifest, sha256 } = await readBundleManifest(path);
  const elsewhere = await readLocalPaths(folder, manifest);
  const pathOf = (file: string): string => elsewhere.get(file) ?? join(folder, file);
  const limit = hashes === 'all' ? Infinity : smallBytes;
  const all = [...Object.entries(manifest.files), ...Object.entries(manifest.references)];
  const root = await realpath(folder);
  await Promise.all(
    all.map(async ([file, expected]) => {
      if (!elsewhere.has(file)) await expectInside(root, file);
      await expectIntact(pathOf(file), file, expected, limit);
    }),
  );
  return { folder, manifest, sha256, pathOf };
}

/** The manifest of a folder; its files are not looked at. @throws BUNDLE_MISSING, BUNDLE_DAMAGED, PATH_OUTSIDE */
export async function readBundleManifest(path: string): Promise<Omit<BundleFolder, 'pathOf'>> {
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
  return { folder, manifest, sha256: hashOf([json]).sha256 };
}

function expectListed({ weights, graphs, weightSets, files, references }: BundleManifest): void {
  const used = [...(weights ? [weights] : []), ...Object.values(graphs), ...Object.values(weightSets)];
  for (const { file } of used)
    if (!Object.hasOwn(files, file) && !Object.hasOwn(references, file))
      throw damagedBundle('The manifest must list every file that it uses', `no ${file}`);
}

/** A link may lead out of the folder, which a path cannot. */
export async function expectInside(root: string, file: string): Promise<void> {
  const real = await realpath(join(root, file)).catch(() => undefined);
  const way = real === undefined ? '' : relative(root, real);
  if (!way.startsWith('..') && !isAbsolute(way)) return;
  throw new Sim4SegError('PATH_OUTSIDE', {
    must: `${file} must lie inside the bundle in ${root}`,
    got: 'a link that leads out of it',
    fix: 'copy the file into the bundle, or do not use this bundle',
  });
}

/** @throws BUNDLE_DAMAGED where a file is absent or has another size; and, up to `limit` bytes, another hash */
export async function expectIntact(
  path: string,
  file: string,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
  limit: number,
): Promise<void> {
  const absent = (cause: Error): never => {
    throw damagedBundle(`The bundle must hold ${file} at ${path}`, cause.message, cause);
  };
  const { size } = await stat(path).catch(absent);
  if (size !== bytes) throw damagedBundle(`${file} at ${path} must have ${bytes} bytes`, `${size}`);
  if (bytes > limit) return;
  const found = await hashFile(path).catch(absent);
  if (found.sha256 !== sha256) throw damagedBundle(`${file} at ${path} must have sha256 ${sha256}`, found.sha256);
}
