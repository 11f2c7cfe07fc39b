import { basename, dirname } from 'node:path';
import { invalidWeights } from '../weights/invalid.js';
import type { WeightPlace, WeightPlaces } from '../weights/places.js';
import { openWeights } from './open-weights.js';
import type { SafetensorsFile } from './safetensors-file.js';
import type { ShardedSafetensors } from './sharded-safetensors.js';
import type { TorchFile } from './torch-file.js';

type Place = readonly [name: string, place: WeightPlace];

/**
 * Finds the bytes of every tensor of a safetensors file, of a sharded set (its index file or its folder) or of a file of
 * torch.save, so that a runtime can map them. Only headers are read.
 * @throws WEIGHTS_INVALID where files are absent or damaged, or a tensor does not lie in one piece
 */
export async function locateWeights(path: string): Promise<WeightPlaces> {
  await using reader = await openWeights(path);
  const folder = dirname(reader.path);
  if (reader.format === 'safetensors') return { folder, entries: new Map(placesOf(reader as SafetensorsFile)) };
  if (reader.format !== 'safetensors-sharded') return { folder, entries: new Map(torchPlaces(reader as TorchFile)) };
  const { shards, entries } = reader as ShardedSafetensors;
  return { folder, entries: new Map(shards.flatMap(placesOf).filter(([name]) => entries.has(name))) };
}

function placesOf(file: SafetensorsFile): Place[] {
  const location = basename(file.path);
  return [...file.entries].map(([name, entry]) => [name, { location, ...entry }] as const);
}

function torchPlaces(file: TorchFile): Place[] {
  const location = basename(file.path);
  return [...file.entries].map(([name, { contiguous, ...entry }]) => {
    if (contiguous) return [name, { location, ...entry }] as const;
    throw invalidWeights(`"${name}" must lie in one piece in ${file.path}`, 'a strided view; write it as safetensors');
  });
}
