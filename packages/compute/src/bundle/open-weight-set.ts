import { Sim4SegError } from '@sim4seg/core';
import { openWeights } from '../node/open-weights.js';
import type { WeightsReader } from '../weights/reader.js';
import type { BundleFolder } from './bundle-folder.js';

/**
 * Opens the weights of a set under the keys of its programs; tensors are read one at a time.
 * @throws BUNDLE_MISSING for a set that the bundle does not have, WEIGHTS_INVALID
 */
export async function openWeightSet(
  { manifest, pathOf }: Pick<BundleFolder, 'manifest' | 'pathOf'>,
  name: string,
): Promise<WeightsReader> {
  const set = Object.hasOwn(manifest.weightSets, name) ? manifest.weightSets[name] : undefined;
  if (!set)
    throw new Sim4SegError('BUNDLE_MISSING', {
      must: `The bundle "${manifest.name}" must hold the weights "${name}"`,
      got: Object.keys(manifest.weightSets).join(', ') || 'no sets of weights',
      fix: 'choose a bundle that was converted from weights with this part',
    });
  const reader = await openWeights(pathOf(set.file));
  return set.prefix === '' ? reader : withoutPrefix(reader, set.prefix);
}

/** What lies outside the prefix belongs to others. */
function withoutPrefix(reader: WeightsReader, prefix: string): WeightsReader {
  const own = [...reader.entries].filter(([name]) => name.startsWith(prefix));
  return {
    format: reader.format,
    path: reader.path,
    metadata: reader.metadata,
    entries: new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor] as const)),
    read: (name) => reader.read(prefix + name),
    close: () => reader.close(),
    [Symbol.asyncDispose]: () => reader.close(),
  };
}
