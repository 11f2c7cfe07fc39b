import { open } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { DiskCacheOptions } from '../cache/disk-cache.js';
import type { ModelCache } from '../session/model-cache.js';
import { headerLength, parseHeader, prefixBytes } from '../weights/header.js';
import type { SafetensorsHeader } from '../weights/header.js';

/** A weights file on disk: its folder and name, and what its header says. */
export interface WeightsFile {
  readonly folder: string;
  readonly file: string;
  readonly header: SafetensorsHeader;
}

/** Reads the header of a safetensors file and nothing else. @throws WEIGHTS_INVALID */
export async function inspectWeightsFile(path: string): Promise<WeightsFile> {
  const full = resolve(path);
  const handle = await open(full);
  try {
    const { size } = await handle.stat();
    const read = async (start: number, length: number): Promise<Uint8Array> =>
      (await handle.read(new Uint8Array(length), 0, length, start)).buffer;
    const length = headerLength(await read(0, Math.min(prefixBytes, size)), size);
    const header = parseHeader(await read(prefixBytes, length), size);
    return { folder: dirname(full), file: basename(full), header };
  } finally {
    await handle.close();
  }
}

/** Optimised graphs in a folder. The code of it is loaded where somebody asks for a cache. */
export async function modelCache(options: DiskCacheOptions): Promise<ModelCache | null> {
  const { diskCache } = await import('../cache/disk-cache.js');
  return diskCache(options);
}
