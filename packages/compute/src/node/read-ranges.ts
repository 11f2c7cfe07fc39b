import { join } from 'node:path';
import type { StoredRange } from '../trace/trace.js';
import { elementsOf, type WeightTensor } from '../weights/tensor-value.js';
import { openByteFile } from './byte-file.js';

/** Reads stored tensors into memory, each file opened once. @throws WEIGHTS_INVALID */
export async function readRanges(
  folder: string,
  ranges: Readonly<Record<string, StoredRange>>,
): Promise<Record<string, WeightTensor>> {
  const read: Record<string, WeightTensor> = {};
  const all = Object.entries(ranges);
  for (const location of new Set(all.map(([, { place }]) => place.location))) {
    await using file = await openByteFile(join(folder, location));
    for (const [name, { place, shape, dtype }] of all.filter(([, range]) => range.place.location === location)) {
      const bytes = await file.read(place.offset, place.offset + place.length);
      read[name] = { data: elementsOf(bytes, dtype), shape, dtype };
    }
  }
  return read;
}
