import { dirname, join } from 'node:path';
import type { TensorEntry } from '../weights/header.js';
import { invalidWeights } from '../weights/invalid.js';
import type { WeightsReader } from '../weights/reader.js';
import { parseShardIndex, type ShardIndex } from '../weights/shard-index.js';
import { openByteFile } from './byte-file.js';
import { openSafetensors, type SafetensorsFile } from './safetensors-file.js';

/** Longest index file that is read. */
const maxIndexBytes = 100_000_000;

/** Several safetensors files that an index file joins. */
export interface ShardedSafetensors extends WeightsReader {
  readonly format: 'safetensors-sharded';
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly shards: readonly SafetensorsFile[];
}

/**
 * Opens a sharded set by its index (`model.safetensors.index.json`) and checks that every listed tensor is in the file
 * that the index names.
 * @throws WEIGHTS_INVALID where index or files are absent, damaged or disagree
 */
export async function openShardedSafetensors(indexPath: string): Promise<ShardedSafetensors> {
  const index = parseShardIndex(await readIndex(indexPath));
  const files = new Map<string, SafetensorsFile>();
  const close = async () => void (await Promise.all([...files.values()].map((file) => file.close())));
  try {
    for (const file of new Set(index.files.values()))
      files.set(file, await openSafetensors(join(dirname(indexPath), file)));
    const places = new Map([...index.files].map(([name, file]) => [name, expectIn(files.get(file), name)] as const));
    return {
      format: 'safetensors-sharded',
      path: indexPath,
      entries: new Map([...places].map(([name, { entry }]) => [name, entry] as const)),
      metadata: metadataOf(index, files),
      shards: [...files.values()],
      read: (name) => expectListed(places, name).file.read(name),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

interface Place {
  readonly file: SafetensorsFile;
  readonly entry: TensorEntry;
}

async function readIndex(path: string): Promise<Uint8Array> {
  await using file = await openByteFile(path);
  if (file.size <= maxIndexBytes) return file.read(0, file.size);
  throw invalidWeights(`${path} must have at most ${maxIndexBytes} bytes`, `${file.size}`);
}

function expectIn(file: SafetensorsFile | undefined, name: string): Place {
  const entry = file?.entries.get(name);
  if (file && entry) return { file, entry };
  throw invalidWeights(`${file?.path} must hold "${name}", as the index says`, 'no tensor of this name');
}

function expectListed(places: ReadonlyMap<string, Place>, name: string): Place {
  const place = places.get(name);
  if (!place) throw invalidWeights(`the files must hold a tensor "${name}"`, `${places.size} others`);
  return place;
}

/** Text of the files, then that of the index. */
function metadataOf(index: ShardIndex, files: ReadonlyMap<string, SafetensorsFile>): Record<string, string> {
  return Object.assign({}, ...[...files.values()].map(({ metadata }) => metadata), index.metadata) as Record<
    string,
    string
  >;
}
