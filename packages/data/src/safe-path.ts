import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';

/**
 * Resolves a path of a dataset and proves that it stays inside the dataset's folder, before anything is read:
 * no absolute path, no `..`, no link that leads out. A file that does not exist resolves lexically.
 * @throws PATH_OUTSIDE
 */
export async function resolveInside(folder: string, path: string): Promise<string> {
  const lexical = resolve(folder, path);
  if (isAbsolute(path) || win32.isAbsolute(path) || hasParentStep(path) || path.includes('\0')) {
    throw outside(folder, path);
  }
  if (!isInside(resolve(folder), lexical)) throw outside(folder, path);
  const real = await realpath(lexical).catch(() => null);
  if (real === null) return lexical;
  if (!isInside(await realpath(folder), real)) throw outside(folder, path);
  return lexical;
}

function hasParentStep(path: string): boolean {
  return path.split(/[\\/]/).includes('..');
}

function isInside(folder: string, path: string): boolean {
  const step = relative(folder, path);
  return step !== '' && step !== '..' && !step.startsWith(`..${sep}`) && !isAbsolute(step);
}

function outside(folder: string, path: string): Sim4SegError {
  return new Sim4SegError('PATH_OUTSIDE', {
    must: 'Paths in cases.jsonl must stay inside the folder of their dataset',
    got: `"${path}" in ${folder}`,
    fix: 'Put the file into the folder and name it relative to that folder, without ".." and without links that lead out',
  });
}
