import type { StoredTensor, WeightsReader } from '../weights/reader.js';
import { openWeights } from './open-weights.js';
import { streamSafetensors, type TensorSeries } from './stream-safetensors.js';
import type { WriteAtomicOptions } from './write-atomic.js';

export interface ConvertOptions extends WriteAtomicOptions {
  /** New name of a tensor; null leaves it out. Names stay as they are without it. */
  readonly rename?: (name: string) => string | null;
}

/**
 * Writes weights of any known form as one safetensors file, tensor by tensor: memory is bounded by the largest one.
 * Strided views of torch files become row-major.
 * @throws WEIGHTS_INVALID for damaged weights, and where two tensors get one name; DISK_FULL, WRITE_FAILED
 */
export async function convertWeights(source: string, target: string, options: ConvertOptions = {}): Promise<void> {
  await using reader = await openWeights(source);
  const { rename = (name: string) => name, ...writing } = options;
  const names = [...reader.entries.keys()].map((name) => [name, rename(name)] as const);
  const kept = names.filter((pair): pair is readonly [string, string] => pair[1] !== null);
  const plan = new Map(kept.map(([name, to]) => [to, reader.entries.get(name) as StoredTensor] as const));
  await streamSafetensors(target, plan, readAll(reader, kept), { ...writing, metadata: reader.metadata });
}

async function* readAll(reader: WeightsReader, names: readonly (readonly [string, string])[]): TensorSeries {
  for (const [name, to] of names) yield [to, await reader.read(name)];
}
