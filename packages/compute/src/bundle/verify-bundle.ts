import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isSim4SegError } from '@sim4seg/core';
import { expectInside, expectIntact, readBundleManifest } from './bundle-folder.js';
import { filesOf } from './compose-bundle.js';
import type { FileHash } from './file-hash.js';
import { localPathsFile, manifestFile, type BundleManifest } from './manifest.js';
import { readLocalPaths } from './references.js';

/** Something in a bundle that is not as its manifest says. */
export interface BundleProblem {
  readonly kind: 'missing' | 'damaged' | 'outside' | 'foreign';
  readonly file: string;
  readonly detail: string;
}

/** What a check of all files of a bundle found. */
export interface BundleCheck {
  readonly folder: string;
  readonly manifest: BundleManifest;
  readonly sha256: string;
  readonly problems: readonly BundleProblem[];
  /** Place of a file of the bundle, or of one that it refers to. */
  pathOf(file: string): string;
}

/**
 * Reads every file of a bundle and compares it with its hash; finds files that the manifest does not list. All that is
 * wrong is reported at once.
 * @throws BUNDLE_MISSING, BUNDLE_DAMAGED, PATH_OUTSIDE where the manifest itself cannot be used
 */
export async function verifyBundle(path: string): Promise<BundleCheck> {
  const { folder, manifest, sha256 } = await readBundleManifest(path);
  const elsewhere = await readLocalPaths(folder, manifest);
  const pathOf = (file: string): string => elsewhere.get(file) ?? join(folder, file);
  const present = await filesOf(folder);
  const listed = { ...manifest.files, ...manifest.references };
  const problems: BundleProblem[] = [];
  const root = await realpath(folder);
  const check = async (file: string, expected: FileHash): Promise<void> => {
    if (!elsewhere.has(file)) await expectInside(root, file);
    await expectIntact(pathOf(file), file, expected, Infinity);
  };
  for (const [file, expected] of Object.entries(listed)) {
    const isThere = elsewhere.has(file) || Object.hasOwn(present, file);
    if (!isThere)
      problems.push({ kind: 'missing', file, detail: `the manifest lists it with ${expected.bytes} bytes` });
    else problems.push(...(await problemsOf(file, () => check(file, expected))));
  }
  return { folder, manifest, sha256, problems: [...problems, ...foreignFiles(present, manifest)], pathOf };
}

async function problemsOf(file: string, check: () => Promise<void>): Promise<BundleProblem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!isSim4SegError(error)) throw error;
    const kind = error.code === 'PATH_OUTSIDE' ? 'outside' : 'damaged';
    return [{ kind, file, detail: `${error.must}; it is: ${error.got}` }];
  }
}

function foreignFiles(present: Readonly<Record<string, string>>, { files }: BundleManifest): BundleProblem[] {
  const known = new Set([manifestFile, localPathsFile, ...Object.keys(files)]);
  const foreign = Object.keys(present).filter((file) => !known.has(file));
  return foreign.map((file) => ({ kind: 'foreign', file, detail: 'the manifest does not list it' }));
}
