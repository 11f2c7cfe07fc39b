import { readFileSync } from 'node:fs';
import type { ParamSpec, Program } from '@sim4seg/compute';
import type { BundleCheck } from '@sim4seg/compute/bundle';
import { loadTrainablePlugins } from '../sdk/shipped-plugins.js';
import { trainablePart } from '../sdk/trainable-part.js';
import { storedShapes } from './stored-shapes.js';
import type { KeyProblem } from './verify-keys.js';
import { compareKeys } from './weight-sets.js';

/**
 * Compares the weights of a bundle that was trained, `<plugin id>.<parameter>`, with the programs of its parts. Parts of
 * plugins that do not come with the product are left alone.
 * @throws WEIGHTS_INVALID for a weights file that cannot be read
 */
export async function verifyPartKeys({ manifest, pathOf }: BundleCheck): Promise<readonly KeyProblem[]> {
  if (!manifest.weights) return [];
  const { file } = manifest.weights;
  const shapes = await storedShapes(pathOf(file));
  const plugins = await loadTrainablePlugins();
  const bundle = { manifest, text: (name: string) => readFileSync(pathOf(name), 'utf8') };
  return Object.keys(manifest.parts).flatMap((id) => {
    const part = trainablePart(bundle, id, plugins);
    if (!part) return [];
    const needed = keysOf(
      id,
      part.inferenceGraphs().map(({ program }) => program),
    );
    const known = new Map([...keysOf(id, [part.program]), ...needed]);
    const own = new Map([...shapes].filter(([name]) => name.startsWith(`${id}.`)));
    const { missing, misshaped } = compareKeys(needed, own);
    const { unexpected } = compareKeys(known, own);
    return [
      ...missing.map((detail) => ({ kind: 'missing key' as const, file, detail })),
      ...unexpected.map((detail) => ({ kind: 'unexpected key' as const, file, detail })),
      ...misshaped.map((detail) => ({ kind: 'wrong shape' as const, file, detail })),
    ];
  });
}

function keysOf(id: string, programs: readonly Program[]): ReadonlyMap<string, ParamSpec> {
  const entries = programs.flatMap(({ params }) => Object.entries(params));
  return new Map(entries.map(([name, spec]) => [`${id}.${name}`, spec] as const));
}
