import { readFile } from 'node:fs/promises';
import { Sim4SegError } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import { caseRecordSchema } from '../case-record.js';
import { resolveInside } from '../safe-path.js';

/** Cases that an importer found in a folder. */
export interface ListedCases {
  readonly name: string;
  readonly folder: string;
  readonly records: readonly CaseRecord[];
  /** Masks that are no files: drawn when they are read, by the path that their case names. */
  readonly drawn?: ReadonlyMap<string, () => Promise<Uint8Array>>;
}

/**
 * Cases of a folder as the contract of datasets sees them; files are read when they are asked for.
 * @throws CASES_INVALID where ids clash or are no plain file names
 */
export function toListedDataset({ name, folder, records, drawn }: ListedCases): Dataset {
  expectRecords(folder, records);
  return {
    name,
    async *cases() {
      for (const record of records) yield await Promise.resolve(record);
    },
    async read(path) {
      const draw = drawn?.get(path);
      return draw ? draw() : readInside(folder, path);
    },
  };
}

/** A file of a dataset. @throws PATH_OUTSIDE, IMAGE_UNREADABLE */
export async function readInside(folder: string, path: string): Promise<Uint8Array> {
  const file = await resolveInside(folder, path);
  return readFile(file).catch((cause: unknown) => {
    throw new Sim4SegError('IMAGE_UNREADABLE', {
      must: 'A file that a case names must be readable',
      got: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'Check the file, or remove the case',
      cause,
    });
  });
}

function expectRecords(folder: string, records: readonly CaseRecord[]): void {
  const seen = new Map<string, string>();
  for (const record of records) {
    const issue = caseRecordSchema.safeParse(record).error?.issues[0];
    if (issue) throw invalidSource(folder, `${record.image}: "${issue.path.join('.')}" ${issue.message}`);
    const key = record.id.toLowerCase();
    const earlier = seen.get(key);
    if (earlier !== undefined)
      throw invalidSource(folder, `${earlier} and ${record.image} both make the id ${record.id}`);
    seen.set(key, record.image);
  }
}

/** The one error of sources that an importer cannot make cases of. */
export function invalidSource(source: string, got: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('CASES_INVALID', {
    must: 'What is imported must make cases with ids of their own',
    got: `${source}: ${got}`,
    fix: 'Correct or rename the files, or choose other options of the importer',
    cause,
  });
}
