import { basename } from 'node:path';
import type { WeightsFormat, WeightsReader } from '../weights/reader.js';
import { elementBytes, elementCount, type ElementType } from '../weights/tensor-value.js';
import { openWeights } from './open-weights.js';
import type { ShardedSafetensors } from './sharded-safetensors.js';
import type { ShardedTorch } from './sharded-torch.js';

/** One tensor of a weights file. */
export interface TensorSummary {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Name of its file, where there are several. */
  readonly file?: string;
}

/** What weights hold, without their elements. */
export interface WeightsSummary {
  readonly format: WeightsFormat;
  readonly tensors: readonly TensorSummary[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly totalBytes: number;
}

/**
 * Describes a safetensors file, a sharded set or a file of torch.save. Only headers are read.
 * @throws WEIGHTS_INVALID where it is absent or damaged
 */
export async function inspectWeights(path: string): Promise<WeightsSummary> {
  await using reader = await openWeights(path);
  const files = filesOf(reader);
  const tensors = [...reader.entries].map(([name, { dtype, shape }]) => {
    const file = files.get(name);
    const bytes = elementCount(shape) * elementBytes(dtype);
    return { name, dtype, shape, bytes, ...(file === undefined ? {} : { file }) };
  });
  const totalBytes = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  return { format: reader.format, tensors, metadata: reader.metadata, totalBytes };
}

function filesOf(reader: WeightsReader): ReadonlyMap<string, string> {
  if (!reader.format.endsWith('-sharded')) return new Map();
  const sharded = reader as ShardedSafetensors | ShardedTorch;
  return new Map([...reader.entries.keys()].map((name) => [name, basename(sharded.shardOf(name).path)] as const));
}
