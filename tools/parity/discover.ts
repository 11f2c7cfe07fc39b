import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Folders of reference cases: the folder itself, or those below it that hold a `config.json`; in order of their names. */
export async function discoverCases(path: string): Promise<readonly string[]> {
  const folder = resolve(path);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === 'config.json')) return [folder];
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const found = await Promise.all(below.sort().map((name) => discoverCases(join(folder, name))));
  return found.flat();
}
