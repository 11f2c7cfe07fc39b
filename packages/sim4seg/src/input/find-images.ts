import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { expandGlob, isGlob } from './glob.js';

/** What one argument of the command stands for. */
export interface FoundImages {
  /** One file named as such; its answer goes straight into the output folder. */
  readonly single: boolean;
  readonly files: readonly FoundImage[];
}

export interface FoundImage {
  readonly path: string;
  /** Name of the image's subfolder in a run over several. */
  readonly folderName: string;
}

/**
 * Finds the files behind a path: a file, the files of a folder (not of its subfolders), or those of a pattern. Which of
 * them are pictures is told by their content later.
 * @throws IMAGE_UNREADABLE (nothing there), FOLDER_EMPTY
 */
export async function findImages(path: string): Promise<FoundImages> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return { single: true, files: named([path]) };
  if (!found && !isGlob(path)) throw missing(path);
  const paths = found ? await filesOf(path) : await expandGlob(path);
  if (paths.length === 0) throw empty(path);
  return { single: false, files: named(paths) };
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return files.map((entry) => join(folder, entry.name)).sort();
}

/** Stems where they are unique, whole names where two files share a stem, numbered where two folders share a name. */
function named(paths: readonly string[]): FoundImage[] {
  const stem = (path: string): string => basename(path, extname(path));
  const taken = new Map<string, number>();
  const count = (name: string): number => paths.filter((path) => stem(path) === name).length;
  return paths.map((path) => {
    const name = count(stem(path)) === 1 ? stem(path) : basename(path).replaceAll('.', '_');
    const used = taken.get(name) ?? 0;
    taken.set(name, used + 1);
    return { path, folderName: used === 0 ? name : `${name}-${used + 1}` };
  });
}

function missing(path: string): Sim4SegError {
  return new Sim4SegError('IMAGE_UNREADABLE', {
    must: 'The image must be a file, a folder or a pattern',
    got: `nothing at ${path}`,
    fix: 'check the path; quote a pattern so that the shell does not expand it',
  });
}

function empty(path: string): Sim4SegError {
  return new Sim4SegError('FOLDER_EMPTY', {
    must: 'A folder or pattern must hold at least one picture',
    got: `no file in ${path}`,
    fix: 'put PNG, JPEG, TIFF or WebP files there, or name a file',
  });
}
