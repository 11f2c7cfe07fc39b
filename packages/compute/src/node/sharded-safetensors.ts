import type { TensorEntry } from '../weights/header.js';
import type { WeightsReader } from '../weights/reader.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';
import { openShards } from './shards.js';

/** Several safetensors files that an index file joins. */
export interface ShardedSafetensors extends WeightsReader {
  readonly format: 'safetensors-sharded';
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly shards: readonly SafetensorsFile[];
  /** The file that a tensor is read from. */
  shardOf(name: string): SafetensorsFile;
}

/**
 * Opens a sharded set by its index (`model.safetensors.index.json`) and checks that every listed tensor is in the file
 * that the index names.
 * @throws WEIGHTS_INVALID where index or files are absent, damaged or disagree
 */
export async function openShardedSafetensors(indexPath: string): Promise<ShardedSafetensors> {
  return {
    format: 'safetensors-sharded',
    ...(await openShards<TensorEntry, SafetensorsFile>(indexPath, openSafetensors)),
  };
}
