import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Sim4SegError } from '@sim4seg/core';
import { toFloat32, toInt32, type WeightTensor } from '@sim4seg/compute';
import { readSafetensorsFile } from '@sim4seg/compute/node';

/** Tensors of one reference file; what was taken is remembered, so that nothing stays unread unnoticed. */
export class ReferenceTensors {
  readonly #tensors: Readonly<Record<string, WeightTensor>>;
  readonly #unread: Set<string>;

  constructor(tensors: Readonly<Record<string, WeightTensor>>) {
    this.#tensors = tensors;
    this.#unread = new Set(Object.keys(tensors));
  }

  get names(): readonly string[] {
    return Object.keys(this.#tensors);
  }

  /** Names that nobody took yet. */
  get unread(): readonly string[] {
    return [...this.#unread];
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#tensors, name);
  }

  /** @throws CASES_INVALID for a name that the file does not hold. */
  take(name: string): WeightTensor {
    const tensor = this.has(name) ? this.#tensors[name] : undefined;
    if (!tensor)
      throw invalidCase(`The case must hold a tensor "${name}"`, `only ${this.names.slice(0, 20).join(', ')}`);
    this.#unread.delete(name);
    return tensor;
  }

  /** The tensor as float32. */
  floats(name: string): { readonly data: Float32Array; readonly shape: readonly number[] } {
    const tensor = this.take(name);
    return { data: toFloat32(tensor), shape: tensor.shape };
  }

  /** The tensor as int32 (ids, labels, booleans). */
  ints(name: string): { readonly data: Int32Array; readonly shape: readonly number[] } {
    const tensor = this.take(name);
    return { data: toInt32(tensor), shape: tensor.shape };
  }

  /** The only element of a scalar, or the first of a tensor. */
  scalar(name: string): number {
    return Number(this.take(name).data[0]);
  }

  /** First parts of the names of sub-cases (`points/in.coords` belongs to `points`), in order. */
  get subCases(): readonly string[] {
    const prefixed = this.names.filter((name) => name.includes('/'));
    return [...new Set(prefixed.map((name) => name.slice(0, name.indexOf('/'))))];
  }
}

/** A folder of reference values: config, inputs with expected outputs, weights. */
export interface ReferenceCase {
  readonly folder: string;
  /** `<case>/<variant>`, the last two parts of the folder. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly io: ReferenceTensors;
  /** Parameters under their official names; empty where the case has none. */
  readonly weights: Readonly<Record<string, WeightTensor>>;
}

/**
 * Loads a folder of reference values (`config.json`, `io.safetensors`, perhaps `weights.safetensors`).
 * @throws CASES_INVALID where it is not such a folder, WEIGHTS_INVALID for a damaged file.
 */
export async function loadReferenceCase(folder: string): Promise<ReferenceCase> {
  const files = await readdir(folder).catch((cause: Error) => {
    throw invalidCase('The case must be a readable folder', cause.message);
  });
  if (!files.includes('config.json') || !files.includes('io.safetensors'))
    throw invalidCase('A case folder must hold config.json and io.safetensors', files.join(', ') || 'nothing');
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  const io = new ReferenceTensors((await readSafetensorsFile(join(folder, 'io.safetensors'))).tensors);
  const weightsFile = join(folder, 'weights.safetensors');
  const weights = files.includes('weights.safetensors') ? (await readSafetensorsFile(weightsFile)).tensors : {};
  return { folder, name: `${basename(dirname(folder))}/${basename(folder)}`, config, io, weights };
}

/** Folder of a reference case that ships with this package, such as `losses/base`. */
export function fixtureFolder(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

function invalidCase(must: string, got: string): Sim4SegError {
  return new Sim4SegError('CASES_INVALID', { must, got, fix: 'name a folder of reference values as it was made' });
}
