import { readFile } from 'node:fs/promises';
import { Sim4SegError } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import type { OpenDataset } from './open-datasets.js';
import { resolveInside } from './safe-path.js';

/** A case folder as the dataset contract sees it. */
export function toFolderDataset(opened: OpenDataset, split?: string): Dataset {
  return {
    name: opened.name,
    async *cases(): AsyncGenerator<CaseRecord> {
      for await (const { record } of opened.stream(split === undefined ? {} : { split })) yield record;
    },
    async read(path) {
      const file = await resolveInside(opened.folder, path);
      return readFile(file).catch((cause: unknown) => {
        throw new Sim4SegError('IMAGE_UNREADABLE', {
          must: 'A file that a case names must be readable',
          got: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
          fix: 'Check the file, or remove the case',
          cause,
        });
      });
    },
  };
}
