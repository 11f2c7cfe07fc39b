import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { invalidWeights } from '../weights/invalid.js';

/** Names that a folder's weights may have, in order of preference: those of the Hugging Face Hub and our own. */
const fileNames = [
  'model.safetensors.index.json',
  'model.safetensors',
  'weights.safetensors',
  'pytorch_model.bin.index.json',
  'pytorch_model.bin',
  'model.pth',
];

/** A weights file, or the index of a sharded set. */
export interface FoundWeights {
  readonly path: string;
  readonly isIndex: boolean;
}

/**
 * The weights that a path means: the file itself, or in a folder the file of a known name, or the only index or
 * safetensors file.
 * @throws WEIGHTS_INVALID where nothing is there or the choice is not clear
 */
export async function findWeights(path: string): Promise<FoundWeights> {
  const full = resolve(path);
  const info = await stat(full).catch((cause: Error) => {
    throw invalidWeights(`${full} must be a weights file or a folder with one`, cause.message, cause);
  });
  const file = info.isDirectory() ? join(full, await chooseIn(full)) : full;
  return { path: file, isIndex: file.endsWith('.index.json') };
}

async function chooseIn(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const known = fileNames.find((name) => names.includes(name));
  if (known) return known;
  const indexes = names.filter((name) => name.endsWith('.safetensors.index.json'));
  const candidates = indexes.length ? indexes : names.filter((name) => name.endsWith('.safetensors'));
  if (candidates.length === 1) return candidates[0] as string;
  const got = candidates.length ? candidates.join(', ') : 'none';
  throw invalidWeights(`the folder ${folder} must hold one weights file or an index of several`, got);
}
