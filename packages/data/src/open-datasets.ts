import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { streamCases } from './read-cases.js';
import type { DatasetCase, ReadCasesOptions } from './read-cases.js';

/** One dataset: a folder with `cases.jsonl`. */
export interface OpenDataset {
  readonly name: string;
  readonly folder: string;
  readonly casesFile: string;
  stream(options?: ReadCasesOptions): AsyncGenerator<DatasetCase>;
}

/**
 * Finds the datasets behind paths: a cases.jsonl, a folder that holds one, or a folder of such folders (by name).
 * Nothing is read yet; naming a folder twice opens it once.
 * @throws FOLDER_EMPTY (no cases.jsonl there), CASES_INVALID (two datasets of one name)
 */
export async function openDatasets(paths: readonly string[]): Promise<OpenDataset[]> {
  const opened = new Map<string, OpenDataset>();
  for (const path of paths) {
    for (const casesFile of await findCasesFiles(resolve(path))) {
      const dataset = toDataset(casesFile);
      const earlier = opened.get(dataset.name.toLowerCase());
      if (earlier === undefined) opened.set(dataset.name.toLowerCase(), dataset);
      else await expectSameFile(earlier, dataset);
    }
  }
  return [...opened.values()];
}

async function findCasesFiles(path: string): Promise<string[]> {
  if (await isFile(path)) return [path];
  if (await isFile(join(path, 'cases.jsonl'))) return [join(path, 'cases.jsonl')];
  const names = (await readdir(path).catch(() => [])).sort();
  const files: string[] = [];
  for (const name of names) {
    const file = join(path, name, 'cases.jsonl');
    if (await isFile(file)) files.push(file);
  }
  if (files.length > 0) return files;
  throw new Sim4SegError('FOLDER_EMPTY', {
    must: 'A path of cases must be a cases.jsonl, a folder that holds one, or a folder of such folders',
    got: `${path} has none`,
    fix: 'Check the path, or make cases with "sim4seg data phantoms"',
  });
}

function toDataset(casesFile: string): OpenDataset {
  const folder = dirname(casesFile);
  return { name: basename(folder), folder, casesFile, stream: (options) => streamCases(casesFile, options) };
}

async function expectSameFile(earlier: OpenDataset, later: OpenDataset): Promise<void> {
  if ((await realpath(earlier.casesFile)) === (await realpath(later.casesFile))) return;
  throw new Sim4SegError('CASES_INVALID', {
    must: 'Datasets of one run must have different folder names, because results are stored under them',
    got: `"${later.name}" names both ${earlier.folder} and ${later.folder}`,
    fix: 'Rename one of the folders or run them apart',
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
