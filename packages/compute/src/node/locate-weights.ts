import { basename, dirname } from 'node:path';
import type { TensorEntry } from '../weights/header.js';
import { invalidWeights } from '../weights/invalid.js';
import type { WeightPlace, WeightPlaces } from '../weights/places.js';
import type { WeightsReader } from '../weights/reader.js';
import type { TorchEntry } from '../weights/torch/open-torch.js';
import { openWeights } from './open-weights.js';
import type { SafetensorsFile } from './safetensors-file.js';
import type { ShardedSafetensors } from './sharded-safetensors.js';
import type { ShardedTorch } from './sharded-torch.js';
import type { TorchFile } from './torch-file.js';

type Place = readonly [name: string, place: WeightPlace];

/**
 * Finds the bytes of every tensor of a safetensors file, of a sharded set (its index file or its folder) or of a file of
 * torch.save, so that a runtime can map them. Only headers are read.
 * @throws WEIGHTS_INVALID where files are absent or damaged, or a tensor does not lie in one piece
 */
export async function locateWeights(path: string): Promise<WeightPlaces> {
  await using reader = await openWeights(path);
  return { folder: dirname(reader.path), entries: new Map(placesIn(reader)) };
}

function placesIn(reader: WeightsReader): Place[] {
  const names = [...reader.entries.keys()];
  if (reader.format === 'safetensors-sharded')
    return names.map((name) => placeOf((reader as ShardedSafetensors).shardOf(name), name));
  if (reader.format === 'torch-sharded')
    return names.map((name) => torchPlace((reader as ShardedTorch).shardOf(name), name));
  if (reader.format === 'safetensors') return names.map((name) => placeOf(reader as SafetensorsFile, name));
  return names.map((name) => torchPlace(reader as TorchFile, name));
}

function placeOf({ path, entries }: SafetensorsFile, name: string): Place {
  return [name, { location: basename(path), ...(entries.get(name) as TensorEntry) }];
}

function torchPlace({ path, entries }: TorchFile, name: string): Place {
  const { contiguous, ...entry } = entries.get(name) as TorchEntry;
  if (contiguous) return [name, { location: basename(path), ...entry }];
  throw invalidWeights(`"${name}" must lie in one piece in ${path}`, 'a strided view; write it as safetensors');
}
