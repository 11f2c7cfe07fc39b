import type { WeightsReader } from '../weights/reader.js';
import type { TorchEntry } from '../weights/torch/open-torch.js';
import { openShards } from './shards.js';
import { openTorchFile, type TorchFile } from './torch-file.js';

/** Several files of torch.save that an index file joins. */
export interface ShardedTorch extends WeightsReader {
  readonly format: 'torch-sharded';
  readonly entries: TorchFile['entries'];
  readonly shards: readonly TorchFile[];
  /** The file that a tensor is read from. */
  shardOf(name: string): TorchFile;
}

/**
 * Opens a sharded set of torch.save by its index (`pytorch_model.bin.index.json`).
 * @throws WEIGHTS_INVALID where index or files are absent, damaged or disagree
 */
export async function openShardedTorch(indexPath: string): Promise<ShardedTorch> {
  return { format: 'torch-sharded', ...(await openShards<TorchEntry, TorchFile>(indexPath, openTorchFile)) };
}
