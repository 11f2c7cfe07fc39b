import { expectNotAborted } from '@sim4seg/core';
import type { Dataset } from '@sim4seg/core';
import { join } from 'node:path';
import { CASES_SCHEMA_VERSION } from '../case-record.js';
import { resolveInside } from '../safe-path.js';
import { writeFileAtomically } from '../write-file.js';

export interface WriteCasesOptions {
  /** Folder of the case folder; made if it is not there. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a dataset into a case folder. The list of cases is written last, so that a folder that was cut off is not taken
 * for a dataset.
 * @returns number of cases
 * @throws CASES_INVALID, PATH_OUTSIDE, IMAGE_UNREADABLE, WRITE_FAILED, DISK_FULL, ABORTED
 */
export async function writeCases(dataset: Dataset, { out, signal }: WriteCasesOptions): Promise<number> {
  const lines: string[] = [];
  const written = new Set<string>();
  for await (const record of dataset.cases()) {
    for (const path of [record.image, record.mask]) {
      expectNotAborted(signal);
      if (!path || written.has(path)) continue;
      await writeFileAtomically(await resolveInside(out, path), await dataset.read(path));
      written.add(path);
    }
    lines.push(`${JSON.stringify({ schemaVersion: CASES_SCHEMA_VERSION, ...record })}\n`);
  }
  await writeFileAtomically(join(out, 'cases.jsonl'), new TextEncoder().encode(lines.join('')));
  return lines.length;
}
