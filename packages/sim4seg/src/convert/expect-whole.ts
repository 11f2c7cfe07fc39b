import { Sim4SegError } from '@sim4seg/core';
import { adapterKey, officialKey } from './official-key.js';
import { tensorFor } from './set-reader.js';
import type { SourceTensor, TensorPool } from './tensor-pool.js';
import { compareKeys, type SetSpec } from './weight-sets.js';

const SHOWN = 20;

/**
 * Checks that the sources hold every tensor of the sets in its shape.
 * @returns names of the tensors that nothing asks for
 * @throws WEIGHTS_INVALID naming all that are missing or of another shape
 */
export function expectWhole(
  pool: TensorPool,
  sets: readonly SetSpec[],
  { adaptersUsed }: { readonly adaptersUsed: boolean },
): readonly string[] {
  const used = new Set<string>();
  const problems: string[] = [];
  for (const { name, keys } of sets) {
    const found = new Map<string, SourceTensor>();
    for (const key of keys.keys()) {
      const tensor = tensorFor(pool, key);
      if (tensor) found.set(key, tensor);
      if (!adapterKey(key)) used.add(officialKey(key));
    }
    const { missing, misshaped } = compareKeys(keys, found);
    problems.push(...list(`${name} lacks`, missing), ...list(`${name} has`, misshaped));
  }
  if (problems.length)
    throw new Sim4SegError('WEIGHTS_INVALID', {
      must: 'The weights must hold every tensor that the programs ask for, in its shape',
      got: problems.join('; '),
      fix: 'fetch the weights again, add what they lack with --with, or state a size with --size',
    });
  const layers = adaptersUsed ? [] : [...pool.adapters.keys()];
  return [...[...pool.tensors.keys()].filter((key) => !used.has(key)), ...layers];
}

function list(what: string, names: readonly string[]): string[] {
  if (!names.length) return [];
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return [`${what} ${names.slice(0, SHOWN).join(', ')}${more}`];
}
