import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFloat32 } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { expectGraphWeights, loadBundleFolder } from '@sim4seg/compute/bundle';
import type { BundleManifest } from '@sim4seg/compute/bundle';
import { readSafetensorsFile } from '@sim4seg/compute/node';

/** A bundle that training starts from. */
export interface StartingBundle {
  readonly manifest: BundleManifest;
  readonly params: Readonly<Record<string, TensorValue>>;
  /** Contents of the bundle's JSON files, by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Reads a bundle's weights as float32. @throws BUNDLE_MISSING, BUNDLE_DAMAGED */
export async function loadStartingBundle(folder: string): Promise<StartingBundle> {
  const { manifest } = await loadBundleFolder(folder);
  const { tensors } = await readSafetensorsFile(join(folder, expectGraphWeights(manifest).file));
  const params = Object.entries(tensors).map(([name, tensor]) => {
    return [name, { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' }] as const;
  });
  const names = Object.keys(manifest.files).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  return { manifest, params: Object.fromEntries(params), texts: Object.fromEntries(texts) };
}
