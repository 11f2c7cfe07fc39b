import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dataset } from '@sim4seg/core';
import { writePhantoms } from './phantoms/write-phantoms.js';
import { caseFolderDatasetPlugin, caseFoldersImporterPlugin, phantomDatasetPlugin } from './plugin.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-data-'));
  const options = { kind: 'dermoscopy', n: 2, seed: 4, widthPx: 64 } as const;
  for (const split of ['train', 'val'] as const) await writePhantoms({ ...options, split, out: join(root, split) });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function ids(dataset: Dataset): Promise<string[]> {
  const found: string[] = [];
  for await (const { id } of dataset.cases()) found.push(id);
  return found;
}

it('opens one folder, or every folder behind a path', async () => {
  const one = await caseFolderDatasetPlugin.create({ needs: {}, options: { path: join(root, 'val') } });
  const importer = await caseFoldersImporterPlugin.create({ needs: {}, options: {} });
  const all = await importer.open(root);
  expect(all.map(({ name }) => name)).toEqual(['train', 'val']);
  expect(await ids(all[1] as Dataset)).toEqual(await ids(one));
  await expect(caseFolderDatasetPlugin.create({ needs: {}, options: { path: root } })).rejects.toMatchObject({
    code: 'CASES_INVALID',
  });
});

it('keeps to its folder and to the split', async () => {
  const options = { path: join(root, 'val'), split: 'train' };
  const dataset = await caseFolderDatasetPlugin.create({ needs: {}, options });
  expect(await ids(dataset)).toEqual([]);
  await expect(dataset.read('../train/cases.jsonl')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
  await expect(dataset.read('images/none.png')).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
});

it('draws the same cases in memory as on disk', async () => {
  const options = phantomDatasetPlugin.optionsSchema.parse({
    kind: 'dermoscopy',
    n: 2,
    seed: 4,
    split: 'val',
    widthPx: 64,
  });
  const drawn = await phantomDatasetPlugin.create({ needs: {}, options });
  const written = await caseFolderDatasetPlugin.create({ needs: {}, options: { path: join(root, 'val') } });
  expect(await ids(drawn)).toEqual(await ids(written));
  for await (const { image } of drawn.cases()) expect(await drawn.read(image)).toEqual(await written.read(image));
});
