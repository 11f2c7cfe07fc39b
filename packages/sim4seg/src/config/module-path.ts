import { realpath } from 'node:fs/promises';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';

/** Where `plugins:` entries resolve from, in this order. */
export interface ModuleFolders {
  readonly configFolder: string;
  readonly workingFolder: string;
}

/**
 * The file behind an entry of `plugins:`: a package, from the config file's folder and then from the working folder, or
 * `./path` that stays inside the config file's folder, links followed.
 * @throws PATH_OUTSIDE, PLUGIN_MISSING
 */
export async function resolvePluginModule(entry: string, folders: ModuleFolders): Promise<string> {
  if (entry.startsWith('./')) return localModule(entry, folders.configFolder);
  if (isAbsolute(entry) || entry.startsWith('.') || entry.includes('\\') || entry.split('/').includes('..'))
    throw outside(entry);
  for (const folder of [folders.configFolder, folders.workingFolder]) {
    const file = packageModule(entry, folder);
    if (file !== null) return file;
  }
  throw missing(entry, `no package of this name is installed near ${folders.configFolder}`);
}

async function localModule(entry: string, configFolder: string): Promise<string> {
  const home = await realpath(configFolder);
  const target = await realpath(resolve(home, entry)).catch(() => null);
  if (isOutside(home, resolve(home, entry)) || (target !== null && isOutside(home, target))) throw outside(entry);
  if (target === null) throw missing(entry, `there is no ${entry} in the config file's folder`);
  if (statSync(target).isFile()) return target;
  const file = entryOf(target);
  if (file === null) throw missing(entry, 'the folder has neither a package.json with an entry nor an index.js');
  if (isOutside(home, file)) throw outside(entry);
  return file;
}

const isOutside = (home: string, path: string): boolean => {
  const way = relative(home, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
};

/** `require.resolve` knows links, workspaces and `exports`; packages that only offer `import` are read by hand. */
function packageModule(name: string, folder: string): string | null {
  const require = createRequire(join(folder, 'config.js'));
  try {
    return require.resolve(name);
  } catch {
    const homes = require.resolve.paths(name) ?? [];
    return homes.map((home) => entryOf(join(home, name))).find((file) => file !== null) ?? null;
  }
}

/** The main file that a package folder declares for `import`, or its index.js. */
function entryOf(folder: string): string | null {
  const manifest = readManifest(join(folder, 'package.json'));
  const declared = entryName(manifest?.exports) ?? manifest?.main ?? 'index.js';
  const file = join(folder, declared);
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : null;
}

function entryName(exports: unknown): string | null {
  if (typeof exports === 'string') return exports;
  if (typeof exports !== 'object' || exports === null) return null;
  const conditions = exports as Record<string, unknown>;
  for (const key of ['.', 'node', 'import', 'default']) {
    const name = key in conditions ? entryName(conditions[key]) : null;
    if (name !== null) return name;
  }
  return null;
}

function readManifest(path: string): { exports?: unknown; main?: string } | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { exports?: unknown; main?: string };
  } catch {
    return null;
  }
}

function outside(entry: string): Sim4SegError {
  return new Sim4SegError('PATH_OUTSIDE', {
    must: "A plugin must be a package name or a ./path inside the config file's folder",
    got: JSON.stringify(entry.slice(0, 200)),
    fix: "install it as a package, or move it into the config file's folder",
  });
}

function missing(entry: string, reason: string): Sim4SegError {
  return new Sim4SegError('PLUGIN_MISSING', {
    must: 'Every entry of plugins: must be there',
    got: `${JSON.stringify(entry.slice(0, 200))}: ${reason}`,
    fix: 'install the package or correct the entry',
  });
}
