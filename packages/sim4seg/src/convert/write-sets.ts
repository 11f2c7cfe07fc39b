import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { WeightsReader } from '@sim4seg/compute';
import type { BundleManifest, BundleWeights } from '@sim4seg/compute/bundle';
import { quantize, streamSafetensors } from '@sim4seg/compute/node';
import { Sim4SegError } from '@sim4seg/core';
import type { LoraPart } from './model-parts.js';
import { isLayerMatrix, pairOf, setReader, tensorFor, type Precision } from './set-reader.js';
import { nameOf, weightFilesOf, type Source } from './source.js';
import type { SourceTensor, TensorPool } from './tensor-pool.js';
import type { SetSpec } from './weight-sets.js';

export interface SetOptions {
  readonly merge: LoraPart | null;
  /** Of the LVLM's linear layers, and (as half floats) its other matrices. */
  readonly precision: Precision;
  /** Of SAM and the vision tower. */
  readonly visionPrecision: Exclude<Precision, 'int4'>;
}

type WeightSets = BundleManifest['weightSets'];

const NAMES = { fp32: 'float32', fp16: 'float16', int4: 'int4' } as const;

/** Writes the sets into a folder, one safetensors file each; memory is bounded by the largest tensor. */
export async function copySets(
  folder: string,
  sets: readonly SetSpec[],
  { pool, options }: { readonly pool: TensorPool; readonly options: SetOptions },
): Promise<BundleWeights> {
  const weightSets: WeightSets = {};
  for (const set of sets) {
    const file = `${set.name}.safetensors`;
    const precision = set.name === 'lvlm' ? options.precision : options.visionPrecision;
    await writeSet(join(folder, file), setReader(pool, set, { precision, merge: options.merge }), precision);
    const stored = precision === null ? ('as stored' as const) : NAMES[precision];
    weightSets[set.name] = { file, precision: stored, parts: [...set.parts], prefix: '' };
  }
  return { weightSets, references: {} };
}

async function writeSet(path: string, reader: WeightsReader, precision: Precision): Promise<void> {
  if (precision === 'int4') {
    await quantize(reader, path, { dtype: 'int4', blockSize: 32, select: isLayerMatrix });
    return;
  }
  await streamSafetensors(path, reader.entries, readAll(reader), { metadata: reader.metadata });
}

async function* readAll(
  reader: WeightsReader,
): AsyncGenerator<readonly [string, Awaited<ReturnType<WeightsReader['read']>>]> {
  for (const name of reader.entries.keys()) yield [name, await reader.read(name)];
}

/**
 * Refers to the files where the sets lie already.
 * @throws USAGE where a set would have to be changed: other keys, several sources, an adapter, another precision
 */
export function referToSets(
  sets: readonly SetSpec[],
  { pool, options }: { readonly pool: TensorPool; readonly options: SetOptions },
): BundleWeights {
  if (options.precision !== null || options.visionPrecision !== null)
    throw notAsTheyAre('another precision is asked for');
  const references: Record<string, string> = {};
  const weightSets: WeightSets = {};
  for (const set of sets) {
    const { source, prefix } = placeOf(set, pool, options);
    for (const path of weightFilesOf(source)) addReference(references, path);
    const file = basename(source.reader.path);
    weightSets[set.name] = { file, precision: 'as stored', parts: [...set.parts], prefix };
  }
  return { weightSets, references };
}

/** The one source of a set, and what stands before every key in it. */
function placeOf(
  { name, keys }: SetSpec,
  pool: TensorPool,
  { merge, ...rest }: SetOptions,
): { source: Source; prefix: string } {
  const places = [...keys.keys()].map((key) => {
    const tensor = tensorFor(pool, key) as SourceTensor;
    if (pairOf(pool, key, { merge, precision: rest.precision })) throw notAsTheyAre(`an adapter changes ${key}`);
    if (!tensor.name.endsWith(key)) throw notAsTheyAre(`${key} is called ${tensor.name}`);
    return { source: tensor.source, prefix: tensor.name.slice(0, -key.length) };
  });
  const [first] = places as [(typeof places)[0]];
  const other = places.find(({ source, prefix }) => source !== first.source || prefix !== first.prefix);
  if (!other) return first;
  const both = [first, other].map(({ source, prefix }) => `${nameOf(source)} (${prefix || 'no prefix'})`);
  throw notAsTheyAre(`the set "${name}" lies in ${both.join(' and ')}`);
}

function addReference(references: Record<string, string>, path: string): void {
  const name = basename(path);
  if (references[name] !== undefined && references[name] !== path) throw notAsTheyAre(`two files are called ${name}`);
  references[name] = path;
}

function notAsTheyAre(got: string): Sim4SegError {
  return new Sim4SegError('USAGE', {
    must: 'Weights that a bundle refers to must be usable as they are',
    got,
    fix: 'convert with --weights copy',
  });
}

/** Copies small files beside the weights. */
export async function copyFiles(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await cp(path, join(folder, basename(path)));
}
