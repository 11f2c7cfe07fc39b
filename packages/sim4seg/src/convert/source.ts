import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { WeightsReader } from '@sim4seg/compute';
import { openWeights } from '@sim4seg/compute/node';
import { Sim4SegError } from '@sim4seg/core';

/** Official weights as they were found: one file, or a folder with config and tokenizer beside them. */
export interface Source extends AsyncDisposable {
  readonly path: string;
  /** Folder of config and tokenizer; null where a file was named. */
  readonly folder: string | null;
  readonly reader: WeightsReader;
  /** config.json; empty where there is none. */
  readonly config: Json;
  /** adapter_config.json of PEFT; null where there is none. */
  readonly adapter: Json | null;
}

export type Json = Readonly<Record<string, unknown>>;

/** Opens a file or a folder with weights. @throws WEIGHTS_INVALID */
async function openSource(path: string): Promise<Source> {
  const full = resolve(path);
  const info = await stat(full).catch((cause: Error) => {
    throw notFound(full, cause.message, cause);
  });
  const folder = info.isDirectory() ? full : null;
  const config = folder ? ((await readJson(join(folder, 'config.json'))) ?? {}) : {};
  const adapter = folder ? await readJson(join(folder, 'adapter_config.json')) : null;
  const reader = await openWeights(folder ? await weightsIn(folder, adapter !== null) : full);
  return { path: full, folder, reader, config, adapter, [Symbol.asyncDispose]: () => reader.close() };
}

/** Opens all of them, or none. */
export async function openSources(paths: readonly string[]): Promise<readonly Source[]> {
  const opened: Source[] = [];
  try {
    for (const path of paths) opened.push(await openSource(path));
    return opened;
  } catch (error) {
    await closeSources(opened);
    throw error;
  }
}

export async function closeSources(sources: readonly Source[]): Promise<void> {
  for (const source of sources) await source.reader.close();
}

/** Files that hold weights of a source: an index and its shards, or one file. */
export function weightFilesOf({ reader }: Source): readonly string[] {
  const { shards = [] } = reader as { shards?: readonly WeightsReader[] };
  return [reader.path, ...shards.map(({ path }) => path)];
}

/** What errors and tables call a source. */
export const nameOf = ({ path, folder }: Source): string => basename(folder ?? path);

const ADAPTER_FILES = ['adapter_model.safetensors', 'adapter_model.bin'];

/** An adapter's folder by PEFT's names; else the folder itself, or its only checkpoint of torch.save. */
async function weightsIn(folder: string, isAdapter: boolean): Promise<string> {
  const names = await readdir(folder);
  const adapter = ADAPTER_FILES.find((name) => names.includes(name));
  if (isAdapter && adapter && !names.includes('model.safetensors.index.json')) return join(folder, adapter);
  const isKnown = names.some((name) => /\.safetensors$|\.index\.json$|^(pytorch_model\.bin|model\.pth)$/.test(name));
  const checkpoints = names.filter((name) => /\.(pth|pt)$/.test(name));
  if (isKnown || checkpoints.length !== 1) {
    if (isKnown) return folder;
    throw notFound(
      folder,
      `${checkpoints.length || 'no'} weights files among ${names.slice(0, 12).join(', ') || 'nothing'}`,
    );
  }
  return join(folder, checkpoints[0] as string);
}

async function readJson(path: string): Promise<Json | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const tree: unknown = JSON.parse(text);
    if (typeof tree === 'object' && tree !== null && !Array.isArray(tree)) return tree as Json;
  } catch (cause) {
    throw damaged(path, (cause as Error).message, cause);
  }
  throw damaged(path, 'something else');
}

function damaged(path: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: `${basename(path)} in ${dirname(path)} must be a JSON object`,
    got,
    fix: 'fetch it again',
    cause,
  });
}

function notFound(path: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must:
      `${path} must be official weights: a .pth, .bin or .safetensors file, or a folder with model.safetensors, ` +
      'pytorch_model.bin, an index of several, one .pth file, or adapter_config.json with adapter_model.*',
    got,
    fix: 'name the file or folder as it was published',
    cause,
  });
}
