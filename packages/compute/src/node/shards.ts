import { dirname, join } from 'node:path';
import { invalidWeights } from '../weights/invalid.js';
import type { StoredTensor, WeightsReader } from '../weights/reader.js';
import { parseShardIndex, type ShardIndex } from '../weights/shard-index.js';
import { openByteFile } from './byte-file.js';

/** Longest index file that is read. */
const maxIndexBytes = 100_000_000;

/** One of several files that an index joins. */
export interface Shard<E extends StoredTensor> extends WeightsReader {
  readonly entries: ReadonlyMap<string, E>;
}

/** Several files, read as one. */
export interface Shards<E extends StoredTensor, S extends Shard<E>> extends Omit<WeightsReader, 'format'> {
  readonly entries: ReadonlyMap<string, E>;
  readonly shards: readonly S[];
  /** The file that a tensor is read from: others may hold one of the same name that the index does not mean. */
  shardOf(name: string): S;
}

/**
 * Opens the files that an index names and checks that every listed tensor is in the file that the index names.
 * @throws WEIGHTS_INVALID where index or files are absent, damaged or disagree
 */
export async function openShards<E extends StoredTensor, S extends Shard<E>>(
  indexPath: string,
  open: (path: string) => Promise<S>,
): Promise<Shards<E, S>> {
  const index = parseShardIndex(await readIndex(indexPath));
  const files = new Map<string, S>();
  const close = async () => void (await Promise.all([...files.values()].map((file) => file.close())));
  try {
    for (const file of new Set(index.files.values())) files.set(file, await open(join(dirname(indexPath), file)));
    const places = new Map(
      [...index.files].map(([name, file]) => [name, expectIn<E, S>(files.get(file), name)] as const),
    );
    return {
      path: indexPath,
      entries: new Map([...places].map(([name, { entry }]) => [name, entry] as const)),
      metadata: metadataOf(index, files),
      shards: [...files.values()],
      shardOf: (name) => expectListed(places, name).file,
      read: (name) => expectListed(places, name).file.read(name),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

interface Place<E extends StoredTensor, S extends Shard<E>> {
  readonly file: S;
  readonly entry: E;
}

async function readIndex(path: string): Promise<Uint8Array> {
  await using file = await openByteFile(path);
  if (file.size <= maxIndexBytes) return file.read(0, file.size);
  throw invalidWeights(`${path} must have at most ${maxIndexBytes} bytes`, `${file.size}`);
}

function expectIn<E extends StoredTensor, S extends Shard<E>>(file: S | undefined, name: string): Place<E, S> {
  const entry = file?.entries.get(name);
  if (file && entry) return { file, entry };
  throw invalidWeights(`${file?.path} must hold "${name}", as the index says`, 'no tensor of this name');
}

function expectListed<P>(places: ReadonlyMap<string, P>, name: string): P {
  const place = places.get(name);
  if (!place) throw invalidWeights(`the files must hold a tensor "${name}"`, `${places.size} others`);
  return place;
}

/** Text of the files, then that of the index. */
function metadataOf(index: ShardIndex, files: ReadonlyMap<string, WeightsReader>): Record<string, string> {
  return Object.assign({}, ...[...files.values()].map(({ metadata }) => metadata), index.metadata) as Record<
    string,
    string
  >;
}
