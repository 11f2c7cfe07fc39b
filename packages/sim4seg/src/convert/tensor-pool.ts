import type { StoredTensor } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import { adapterKey, isUnused, officialKey } from './official-key.js';
import { nameOf, type Source } from './source.js';

/** A tensor of official weights, before its elements are read. */
export interface SourceTensor extends StoredTensor {
  readonly source: Source;
  /** Its name there. */
  readonly name: string;
}

/** The two matrices of an adapter beside a layer. */
export interface AdapterPair {
  readonly a: SourceTensor;
  readonly b: SourceTensor;
}

/** All tensors of the sources under the keys of the programs. */
export interface TensorPool {
  readonly tensors: ReadonlyMap<string, SourceTensor>;
  /** Adapters by the key of their layer, without `.weight`. */
  readonly adapters: ReadonlyMap<string, AdapterPair>;
}

/**
 * Collects the tensors of the sources. Later sources only add what earlier ones lack; what an adapter's folder holds
 * beside its matrices (trained embeddings, heads) replaces the same tensor of the model.
 * @throws WEIGHTS_INVALID where a key occurs twice in a source, or one of the matrices of an adapter is missing
 */
export function poolTensors(sources: readonly Source[]): TensorPool {
  const tensors = new Map<string, SourceTensor>();
  const matrices = new Map<string, Partial<Record<'A' | 'B', SourceTensor>>>();
  for (const source of [...sources].sort((a, b) => Number(b.adapter !== null) - Number(a.adapter !== null)))
    for (const [name, { dtype, shape }] of source.reader.entries) {
      if (isUnused(name)) continue;
      const tensor = { source, name, dtype, shape };
      const matrix = adapterKey(name);
      if (matrix) matrices.set(matrix.layer, { ...matrices.get(matrix.layer), [matrix.matrix]: tensor });
      else add(tensors, tensor);
    }
  const pairs = [...matrices].map(([layer, pair]) => [layer, expectPair(layer, pair)] as const);
  return { tensors, adapters: new Map(pairs) };
}

function add(tensors: Map<string, SourceTensor>, tensor: SourceTensor): void {
  const key = officialKey(tensor.name);
  const other = tensors.get(key);
  if (!other) tensors.set(key, tensor);
  // What optimisers and logs keep stands behind paths, under keys that no program asks for; it may repeat.
  if (other?.source !== tensor.source || tensor.name.includes('/')) return;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `"${key}" must occur once in ${nameOf(tensor.source)}`,
    got: `${other.name} and ${tensor.name}`,
    fix: 'name the weights of one model',
  });
}

function expectPair(layer: string, { A, B }: Partial<Record<'A' | 'B', SourceTensor>>): AdapterPair {
  if (A && B) return { a: A, b: B };
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `An adapter must have lora_A and lora_B for ${layer}`,
    got: A ? 'no lora_B' : 'no lora_A',
    fix: 'fetch the adapter again',
  });
}
