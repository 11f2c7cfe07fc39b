import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';

/** A config file is a few lines; what is longer is a mistake or an attack. */
const MOST_BYTES = 1 << 20;
/** YAML aliases multiply; a config needs hardly any. */
const MOST_ALIASES = 50;

/** A config as it stood in its file: not validated yet. `folder` is where its `plugins:` resolve from. */
export interface ConfigFile {
  readonly path: string;
  readonly folder: string;
  readonly tree: unknown;
}

/**
 * Reads a config file, JSON or YAML. An empty file is an empty tree.
 * @throws CONFIG_UNREADABLE
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const absolute = resolve(path);
  const found = await stat(absolute).catch((cause: unknown) =>
    Promise.reject(unreadable(path, reasonOf(cause), cause)),
  );
  if (!found.isFile()) throw unreadable(path, 'it is not a file');
  if (found.size > MOST_BYTES) throw unreadable(path, `it has ${found.size} bytes, the limit is ${MOST_BYTES}`);
  const source = await readFile(absolute, 'utf8');
  return { path: absolute, folder: dirname(absolute), tree: await parseConfig(source, path) };
}

/** JSON by its own parser, everything else as YAML. @throws CONFIG_UNREADABLE */
export async function parseConfig(source: string, name: string): Promise<unknown> {
  if (source.trim() === '') return {};
  try {
    if (name.endsWith('.json')) return JSON.parse(source) as unknown;
    const { parse } = await import('yaml');
    return parse(source, { maxAliasCount: MOST_ALIASES, schema: 'core', uniqueKeys: true }) ?? {};
  } catch (cause) {
    throw unreadable(name, reasonOf(cause), cause);
  }
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);

function unreadable(path: string, reason: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('CONFIG_UNREADABLE', {
    must: 'The config must be a JSON or YAML file',
    got: `${path}: ${reason}`,
    fix: 'check the path and the syntax; examples are in the folder examples',
    cause,
  });
}
