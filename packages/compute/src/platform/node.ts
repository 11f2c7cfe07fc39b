import type { DiskCacheOptions } from '../cache/disk-cache.js';
import type { ModelCache } from '../session/model-cache.js';

export { expectFinitePlaces } from '../node/check-finite.js';
export { locateWeights } from '../node/locate-weights.js';
export { importOptional } from './import-optional.js';
export { readRanges } from '../node/read-ranges.js';

/** Optimised graphs in a folder. The code of it is loaded where somebody asks for a cache. */
export async function modelCache(options: DiskCacheOptions): Promise<ModelCache | null> {
  const { diskCache } = await import('../cache/disk-cache.js');
  return diskCache(options);
}
