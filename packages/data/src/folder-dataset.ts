import type { CaseRecord, Dataset } from '@sim4seg/core';
import type { OpenDataset } from './open-datasets.js';
import { readInside } from './importers/listed-dataset.js';

/** A case folder as the dataset contract sees it. */
export function toFolderDataset(opened: OpenDataset, split?: string): Dataset {
  return {
    name: opened.name,
    async *cases(): AsyncGenerator<CaseRecord> {
      for await (const { record } of opened.stream(split === undefined ? {} : { split })) yield record;
    },
    read: (path) => readInside(opened.folder, path),
  };
}
