import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';

/** What decides an optimised graph beside the graph itself. */
export interface KeyContext {
  readonly runtimeVersion: string;
  /** Folder of the weights that the graph names. */
  readonly weightsFolder: string | undefined;
  /** Settings that change the optimised graph. */
  readonly settings: unknown;
}

/** The form of entries; an older form is never found, and leaves when the cache is full. */
const FORM = 1;

/**
 * sha256 over the graph, the settings, the runtime, what the processor can do, and size and time of the weights files
 * that the graph names: constants of an optimised graph are computed from them.
 */
export async function cacheKey(model: Uint8Array, context: KeyContext): Promise<string> {
  const { runtimeVersion, settings, weightsFolder } = context;
  const weights = weightsFolder === undefined ? [] : await namedFiles(model, weightsFolder);
  const rest = JSON.stringify([FORM, runtimeVersion, settings, processorFeatures(), weightsFolder, weights]);
  return createHash('sha256').update(model).update(rest).digest('hex');
}

export async function modelBytes(model: string | Uint8Array): Promise<Uint8Array> {
  return typeof model === 'string' ? readFile(model) : model;
}

async function namedFiles(model: Uint8Array, folder: string): Promise<unknown[]> {
  const bytes = Buffer.from(model.buffer, model.byteOffset, model.byteLength);
  const names = (await readdir(folder)).filter((name) => bytes.includes(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(folder, name));
      return [name, size, mtimeMs];
    }),
  );
}

let features: string | undefined;

/** Kernels are chosen by what the processor can do, which containers may mask although its model is the same. */
function processorFeatures(): string {
  features ??= [platform(), arch(), cpus()[0]?.model ?? '', linuxFlags()].join(' ');
  return features;
}

function linuxFlags(): string {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '';
  } catch {
    return '';
  }
}
