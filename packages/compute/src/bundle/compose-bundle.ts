import { readdir } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { writeFileAtomic } from '../node/write-atomic.js';
import { hashFile, hashOf, type FileHash } from './file-hash.js';
import { bundleSchemaVersion, expectManifest, localPathsFile, manifestFile } from './manifest.js';
import type { BundleDescription, BundleManifest } from './manifest.js';
import { replaceFolder } from './replace-folder.js';
import type { WrittenBundle } from './write-bundle.js';

/** Weights of a bundle that were written into its folder, or that it refers to. */
export interface BundleWeights {
  readonly weightSets: BundleManifest['weightSets'];
  /** Absolute paths of the files that the bundle refers to, by the names that it gives them. */
  readonly references: Readonly<Record<string, string>>;
}

/**
 * Writes a bundle whose files may be larger than memory: `fill` writes them into a folder, compiled graphs into `graphs/`;
 * the folder is hashed and then moved to its place.
 * @throws WRITE_FAILED, or what `fill` throws; an older bundle at this place is then unchanged.
 */
export async function composeBundle(
  path: string,
  description: BundleDescription,
  fill: (folder: string) => Promise<BundleWeights>,
): Promise<WrittenBundle> {
  const folder = resolve(path);
  let written: Omit<WrittenBundle, 'folder'> | undefined;
  await replaceFolder(folder, async (fresh) => {
    const { weightSets, references } = await fill(fresh);
    const hashes = { files: await hashAll(await filesOf(fresh)), references: await hashAll(references) };
    const tree = {
      schemaVersion: bundleSchemaVersion,
      ...description,
      graphs: graphsIn(hashes.files),
      weightSets,
      ...hashes,
    };
    const manifest = expectManifest(tree, 'the manifest of the parts');
    const json = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`);
    await writeFileAtomic(join(fresh, manifestFile), json);
    if (Object.keys(references).length)
      await writeFileAtomic(join(fresh, localPathsFile), `${JSON.stringify(references, null, 2)}\n`);
    const bytes = Object.values(hashes.files).reduce((sum, file) => sum + file.bytes, json.byteLength);
    written = { manifest, bytes, sha256: hashOf([json]).sha256 };
  });
  return { folder, ...(written as Omit<WrittenBundle, 'folder'>) };
}

function graphsIn(files: Readonly<Record<string, FileHash>>): BundleManifest['graphs'] {
  const graphs = Object.entries(files).flatMap(([file, { sha256 }]) => {
    const name = /^graphs\/(.+)\.onnx$/.exec(file)?.[1];
    return name === undefined ? [] : [[name, { file, program: sha256 }] as const];
  });
  return Object.fromEntries(graphs);
}

/** Absolute paths of all files below a folder, by their path in it. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.sort().map((file) => [relative(folder, file).split(sep).join('/'), file] as const));
}

async function hashAll(paths: Readonly<Record<string, string>>): Promise<Record<string, FileHash>> {
  const hashes: Record<string, FileHash> = {};
  // One after the other: each is read as fast as the disk allows.
  for (const [name, path] of Object.entries(paths)) hashes[name] = await hashFile(path);
  return hashes;
}
