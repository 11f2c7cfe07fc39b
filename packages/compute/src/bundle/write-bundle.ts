import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../node/write-atomic.js';
import type { WritableTensor } from '../weights/safetensors.js';
import { hashOf } from './file-hash.js';
import { bundleSchemaVersion, expectManifest, manifestFile } from './manifest.js';
import type { BundleDescription, BundleManifest } from './manifest.js';
import { replaceFolder } from './replace-folder.js';
import { storeWeights, type StoredWeight } from './store-weights.js';

/** Everything that a bundle is made of. */
export interface BundleContent {
  readonly description: BundleDescription;
  /** All parameters as `<plugin id>.<parameter name>`, float32. */
  readonly tensors: Readonly<Record<string, WritableTensor>>;
  readonly precision: 'float16' | 'float32';
  /** Makes the compiled graphs by name (`.onnx` bytes) from the places of the weights. */
  readonly graphs: (
    weights: Readonly<Record<string, StoredWeight>>,
  ) => Readonly<Record<string, Uint8Array>> | Promise<Readonly<Record<string, Uint8Array>>>;
  /** Text files by name: `tokenizer.json`, `MODEL_CARD.md`. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A bundle that was written. */
export interface WrittenBundle {
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly manifest: BundleManifest;
}

const weightsFile = 'weights.safetensors';

/**
 * Writes a bundle into a folder beside its place and then moves it there: a reader sees the old bundle or the new one.
 * @throws NOT_FINITE, WEIGHTS_INVALID, WRITE_FAILED, DISK_FULL; an older bundle at this place is then unchanged.
 */
export async function writeBundle(path: string, content: BundleContent): Promise<WrittenBundle> {
  const folder = resolve(path);
  const files = await bundleFiles(content);
  const manifest = describe(content, files);
  files.set(manifestFile, [new TextEncoder().encode(JSON.stringify(manifest, null, 2) + '\n')]);
  await replaceFolder(folder, async (fresh) => {
    for (const [file, pieces] of files) {
      await mkdir(dirname(join(fresh, file)), { recursive: true });
      await writeFileAtomic(join(fresh, file), pieces);
    }
  });
  const hashes = [...files.values()].map(hashOf);
  return {
    folder,
    sha256: hashes.at(-1)?.sha256 as string,
    bytes: hashes.reduce((sum, { bytes }) => sum + bytes, 0),
    manifest,
  };
}

type Files = Map<string, readonly Uint8Array[]>;

const graphFile = (name: string) => `graphs/${name}.onnx`;

async function bundleFiles({ tensors, precision, graphs, texts }: BundleContent): Promise<Files> {
  const { pieces, weights } = storeWeights(tensors, weightsFile, precision);
  const files: Files = new Map([[weightsFile, pieces]]);
  for (const [name, model] of Object.entries(await graphs(weights))) files.set(graphFile(name), [model]);
  for (const [name, text] of Object.entries(texts)) files.set(name, [new TextEncoder().encode(text)]);
  return files;
}

function describe({ description, precision }: BundleContent, files: Files): BundleManifest {
  const hashes = [...files].map(([file, pieces]) => [file, hashOf(pieces)] as const);
  const graphs = hashes.flatMap(([file, { sha256 }]) => {
    const name = /^graphs\/(.+)\.onnx$/.exec(file)?.[1];
    return name ? [[name, { file, program: sha256 }] as const] : [];
  });
  const manifest = {
    schemaVersion: bundleSchemaVersion,
    ...description,
    weights: { file: weightsFile, precision },
    graphs: Object.fromEntries(graphs),
    files: Object.fromEntries(hashes),
  };
  return expectManifest(manifest, 'the manifest of the parts');
}
