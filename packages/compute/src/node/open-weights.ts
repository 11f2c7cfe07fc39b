import type { WeightsReader } from '../weights/reader.js';
import { openByteFile } from './byte-file.js';
import { findWeights } from './find-weights.js';
import { openSafetensors } from './safetensors-file.js';
import { openShardedSafetensors } from './sharded-safetensors.js';
import { openShardedTorch } from './sharded-torch.js';
import { openTorchFile } from './torch-file.js';

/**
 * Opens weights of any form that is known, told by their content: a safetensors file, the index file of a sharded set, a
 * file of torch.save, or a folder with one of them.
 * @throws WEIGHTS_INVALID
 */
export async function openWeights(path: string): Promise<WeightsReader> {
  const found = await findWeights(path);
  if (/\.(bin|pth?)\.index\.json$/.test(found.path)) return openShardedTorch(found.path);
  if (found.isIndex) return openShardedSafetensors(found.path);
  return (await isTorchFile(found.path)) ? openTorchFile(found.path) : openSafetensors(found.path);
}

/** A safetensors header is JSON behind eight bytes; zip archives and pickles begin otherwise. */
async function isTorchFile(path: string): Promise<boolean> {
  await using file = await openByteFile(path);
  const start = await file.read(0, Math.min(9, file.size));
  if (start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4) return true;
  if (start[0] === 0x80 && start[8] !== 0x7b) return true;
  return /\.(pth|pt|bin|pkl|ckpt)$/i.test(path) && start[8] !== 0x7b;
}
