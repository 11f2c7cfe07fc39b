import { mkdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { OrtSession } from '../runtime/ort-module.js';
import type { Announce } from '../session/announcement.js';
import type { ModelCache } from '../session/model-cache.js';
import type { OpenModel } from '../session/open-native.js';
import { cacheKey, modelBytes } from './cache-key.js';
import { evictOldest } from './evict.js';
import { createBeside, readSealed, sealInto } from './sealed-file.js';

export interface DiskCacheOptions {
  readonly folder: string;
  readonly limitBytes: number;
  readonly runtimeVersion: string;
  readonly weightsFolder: string | undefined;
  readonly announce: Announce;
}

/**
 * Optimised graphs in a folder that several processes may share without locks: an entry appears complete or not at
 * all, carries its own hash, and is compiled again and replaced where that does not fit. Where the folder cannot be
 * written, graphs are compiled as without a cache, and that is announced.
 */
export function diskCache(options: DiskCacheOptions): ModelCache {
  return {
    async open(model, native, open) {
      const bytes = await modelBytes(model);
      const { graphOptimizationLevel: level, extra } = native;
      const key = await cacheKey(bytes, { ...options, settings: [level, extra] });
      const path = join(options.folder, `${key}.onnx`);
      return (await openKept(path, open)) ?? compileAndKeep(bytes, path, { open, options });
    },
  };
}

/** Opens an entry; null where there is none, or none that the runtime takes. */
async function openKept(path: string, open: OpenModel): Promise<OrtSession | null> {
  const kept = await readSealed(path);
  if (!kept) return null;
  try {
    const session = await open(kept, { graphOptimizationLevel: 'disabled' });
    // The time of last use decides what leaves first; a folder that may only be read keeps its times.
    await utimes(path, new Date(), new Date()).catch(() => undefined);
    return session;
  } catch {
    return null;
  }
}

interface Compiling {
  readonly open: OpenModel;
  readonly options: DiskCacheOptions;
}

async function compileAndKeep(model: Uint8Array, path: string, { open, options }: Compiling): Promise<OrtSession> {
  let temporary: string | undefined;
  let session: OrtSession | undefined;
  try {
    await mkdir(options.folder, { recursive: true });
    temporary = await createBeside(path);
    session = await open(model, { optimizedModelFilePath: temporary });
    await sealInto(temporary, path);
    await evictOldest(options.folder, options.limitBytes);
  } catch (error) {
    // A graph that does not load throws here again, with its own reason.
    session ??= await open(model);
    announceUnused(options, error);
  } finally {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
  }
  return session;
}

function announceUnused({ folder, announce }: DiskCacheOptions, error: unknown): void {
  const got = error instanceof Error ? error.message : String(error);
  const instead = `The cache folder ${folder} is not used, graphs are compiled at every start`;
  announce({ type: 'cache-unused', instead, got, fix: 'free space, allow writing there, or name another cacheFolder' });
}
