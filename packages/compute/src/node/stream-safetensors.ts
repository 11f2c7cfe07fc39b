import { join } from 'node:path';
import { invalidWeights } from '../weights/invalid.js';
import type { StoredTensor } from '../weights/reader.js';
import { expectWritable, layOutSafetensors, type WritableTensor } from '../weights/safetensors.js';
import { bytesOf, elementBytes, elementCount } from '../weights/tensor-value.js';
import { writeFileAtomic, type WriteAtomicOptions, type WritePiece } from './write-atomic.js';

/** Names, types and shapes of tensors to be written; the elements come later, one tensor at a time. */
export type TensorPlan = ReadonlyMap<string, StoredTensor>;

/** Tensors in any order. Each is freed before the next is asked for. */
export type TensorSeries = AsyncIterable<readonly [name: string, tensor: WritableTensor]>;

export interface StreamOptions extends WriteAtomicOptions {
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a safetensors file in one step from tensors that come one after the other; memory is bounded by the largest.
 * @throws WEIGHTS_INVALID where a tensor is not as planned or does not come; DISK_FULL, WRITE_FAILED
 */
export async function streamSafetensors(
  path: string,
  plan: TensorPlan,
  tensors: TensorSeries,
  options: StreamOptions = {},
): Promise<void> {
  await writeFileAtomic(path, piecesOf(plan, tensors, options.metadata), options);
}

async function* piecesOf(
  plan: TensorPlan,
  tensors: TensorSeries,
  metadata: StreamOptions['metadata'],
): AsyncGenerator<WritePiece> {
  const { header, places } = layOutSafetensors(plan, metadata);
  const waiting = new Set(plan.keys());
  yield header;
  for await (const [name, tensor] of tensors) {
    if (!waiting.delete(name)) throw invalidWeights('each planned tensor must come once', `"${name}"`);
    expectPlanned(name, tensor, plan.get(name) as StoredTensor);
    yield { at: places.get(name)?.begin as number, bytes: bytesOf(expectWritable(name, tensor)) };
  }
  const [missing] = waiting;
  if (missing !== undefined) throw invalidWeights(`"${missing}" must come, as planned`, 'the end of the tensors');
}

function expectPlanned(name: string, { dtype, shape }: WritableTensor, planned: StoredTensor): void {
  if (dtype === planned.dtype && String(shape) === String(planned.shape)) return;
  throw invalidWeights(`"${name}" must be ${planned.dtype}[${planned.shape}], as planned`, `${dtype}[${shape}]`);
}

/** Files of a sharded set, in order. */
export interface WrittenShards {
  /** The index file, or the only file where one was enough. */
  readonly path: string;
  readonly files: readonly string[];
}

/**
 * Writes tensors into files of at most `maxShardBytes` (a larger tensor gets a file of its own) and an index that joins
 * them, which comes last: a set without index is not complete.
 * @param read gives one tensor; asked once for each
 * @throws WEIGHTS_INVALID, DISK_FULL, WRITE_FAILED
 */
export async function writeShardedSafetensors(
  folder: string,
  plan: TensorPlan,
  read: (name: string) => Promise<WritableTensor>,
  options: StreamOptions & { readonly maxShardBytes?: number } = {},
): Promise<WrittenShards> {
  const shards = toShards(plan, options.maxShardBytes ?? 5_000_000_000);
  const files = shards.map((_, i) => shardName(i, shards.length));
  for (const [i, names] of shards.entries()) {
    const own = new Map(names.map((name) => [name, plan.get(name) as StoredTensor] as const));
    await streamSafetensors(join(folder, files[i] as string), own, readAll(names, read), options);
  }
  if (files.length === 1) return { path: join(folder, files[0] as string), files };
  const path = join(folder, 'model.safetensors.index.json');
  const map = Object.fromEntries(shards.flatMap((names, i) => names.map((name) => [name, files[i]] as const)));
  const total = [...plan.values()].reduce((sum, tensor) => sum + bytesOfPlanned(tensor), 0);
  const index = { metadata: { ...options.metadata, total_size: total }, weight_map: map };
  await writeFileAtomic(path, `${JSON.stringify(index, null, 2)}\n`, options);
  return { path, files };
}

async function* readAll(names: readonly string[], read: (name: string) => Promise<WritableTensor>): TensorSeries {
  for (const name of names) yield [name, await read(name)];
}

const bytesOfPlanned = ({ shape, dtype }: StoredTensor): number => elementCount(shape) * elementBytes(dtype);

function toShards(plan: TensorPlan, limit: number): string[][] {
  const shards: string[][] = [[]];
  let bytes = 0;
  for (const [name, tensor] of plan) {
    const more = bytesOfPlanned(tensor);
    if (bytes > 0 && bytes + more > limit) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)?.push(name);
    bytes += more;
  }
  return shards;
}

function shardName(index: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const [own, all] = [index + 1, count].map((n) => String(n).padStart(5, '0'));
  return `model-${own}-of-${all}.safetensors`;
}
