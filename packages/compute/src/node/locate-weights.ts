import { basename, dirname } from 'node:path';
import type { WeightPlace, WeightPlaces } from '../weights/places.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';
import { findWeights } from './find-weights.js';
import { openShardedSafetensors } from './sharded-safetensors.js';

/**
 * Finds the bytes of every tensor of a safetensors file, of a sharded set (its index file or its folder), so that
 * a runtime can map them. Only headers are read.
 * @throws WEIGHTS_INVALID where files are absent or damaged
 */
export async function locateWeights(path: string): Promise<WeightPlaces> {
  const found = await findWeights(path);
  if (!found.isIndex) {
    await using file = await openSafetensors(found.path);
    return { folder: dirname(found.path), entries: new Map(placesOf(file)) };
  }
  await using set = await openShardedSafetensors(found.path);
  const places = set.shards.flatMap(placesOf).filter(([name]) => set.entries.has(name));
  return { folder: dirname(found.path), entries: new Map(places) };
}

function placesOf(file: SafetensorsFile): (readonly [string, WeightPlace])[] {
  const location = basename(file.path);
  return [...file.entries].map(([name, entry]) => [name, { location, ...entry }] as const);
}
