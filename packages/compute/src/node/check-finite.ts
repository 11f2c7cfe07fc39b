import { join } from 'node:path';
import type { ByteSource } from '../weights/byte-source.js';
import { canBeInfinite, indexOfNonFinite, notFinite } from '../weights/finite.js';
import type { WeightPlace } from '../weights/places.js';
import { elementBytes } from '../weights/tensor-value.js';
import { openByteFile } from './byte-file.js';

/** Bytes that are looked at in one piece; a multiple of every element size. */
const pieceBytes = 2 ** 22;

/**
 * Reads stored weights once, in pieces, and refuses NaN and infinities.
 * @throws NOT_FINITE naming the first weight that holds one
 */
export async function expectFinitePlaces(folder: string, places: Readonly<Record<string, WeightPlace>>): Promise<void> {
  const weights = Object.entries(places).filter(([, { dtype }]) => canBeInfinite(dtype));
  for (const location of new Set(weights.map(([, place]) => place.location))) {
    await using file = await openByteFile(join(folder, location));
    for (const [name, place] of weights) if (place.location === location) await expectFiniteRange(file, name, place);
  }
}

async function expectFiniteRange(file: ByteSource, name: string, { dtype, begin, end }: WeightPlace): Promise<void> {
  for (let at = begin; at < end; at += pieceBytes) {
    const index = indexOfNonFinite(await file.read(at, Math.min(end, at + pieceBytes)), dtype);
    if (index >= 0) throw notFinite(name, index + (at - begin) / elementBytes(dtype));
  }
}
