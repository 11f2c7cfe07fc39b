import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRle, maskFromValues } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeMask } from '../decode-image.js';
import { encodeMaskPng, encodePng } from '../encode-png.js';
import { cocoImporterPlugin, imageMaskPairsImporterPlugin } from '../plugin.js';
import { readCases } from '../read-cases.js';
import { drawCocoMask } from './coco-mask.js';
import { writeCases } from './write-cases.js';

const subject = { modality: 'dermoscopy', anatomy: 'skin' };
const png = await encodePng({ data: new Uint8Array(64 * 48).fill(9), widthPx: 64, heightPx: 48, channels: 1 });
const maskPng = await encodeMaskPng({ maskBits: new Uint8Array(64 * 48).fill(1), widthPx: 64, heightPx: 48 });

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-import-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function folderOf(name: string, files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(join(root, name, file, '..'), { recursive: true });
    await writeFile(join(root, name, file), content);
  }
  return join(root, name);
}

async function casesOf(dataset: Dataset | undefined): Promise<CaseRecord[]> {
  const found: CaseRecord[] = [];
  for await (const record of dataset?.cases() ?? []) found.push(record);
  return found;
}

const openPairs = async (source: string, options: object = {}): Promise<Dataset | undefined> => {
  const { create, optionsSchema } = imageMaskPairsImporterPlugin;
  const parsed = optionsSchema.parse({ ...subject, target: 'lesion', diagnosis: 'nevus', ...options });
  return (await (await create({ needs: {}, options: parsed })).open(source))[0];
};

const openCoco = async (source: string, options: object = {}): Promise<Dataset | undefined> => {
  const parsed = cocoImporterPlugin.optionsSchema.parse({ ...subject, ...options });
  return (await (await cocoImporterPlugin.create({ needs: {}, options: parsed })).open(source))[0];
};

describe('image-mask-pairs', () => {
  it('pairs by name, with and without suffix, in two folders or in one', async () => {
    const two = await folderOf('two', {
      ...{ 'images/a.png': png, 'images/b.jpg': png, 'images/c.png': png, 'images/notes.txt': 'x' },
      ...{ 'masks/a_mask.png': maskPng, 'masks/b.png': maskPng },
    });
    const cases = await casesOf(await openPairs(two));
    expect(cases.map(({ id, mask, diagnosis }) => [id, mask, diagnosis])).toEqual([
      ['a', 'masks/a_mask.png', 'nevus'],
      ['b', 'masks/b.png', 'nevus'],
      ['c', null, null],
    ]);
    const one = await folderOf('one', { 'x.png': png, 'x_seg.png': maskPng });
    const dataset = await openPairs(one, { images: '.', masks: '.', maskSuffix: '_seg' });
    expect((await casesOf(dataset)).map(({ image, mask }) => [image, mask])).toEqual([['x.png', 'x_seg.png']]);
    expect(Buffer.from((await dataset?.read('x_seg.png')) ?? [])).toEqual(Buffer.from(maskPng));
  });

  it('refuses folders that are no pairs, and files outside', async () => {
    const orphan = await folderOf('orphan', { 'images/a.png': png, 'masks/z.png': maskPng });
    await expect(openPairs(orphan)).rejects.toMatchObject({ code: 'CASES_INVALID' });
    const twice = await folderOf('twice', { 'images/a.png': png, 'images/a.jpg': png });
    await expect(openPairs(twice)).rejects.toMatchObject({ code: 'CASES_INVALID' });
    await expect(openPairs(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'FOLDER_EMPTY' });
    const fine = await openPairs(await folderOf('fine', { 'images/a.png': png }));
    await expect(fine?.read('../two/images/a.png')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
  });
});

/** Uncompressed run lengths of a mask of 64 x 48, down the columns; the first is background. */
function columnRuns(values: Uint8Array): number[] {
  const runs = [0];
  let inside = 0;
  for (let k = 0; k < values.length; k++) {
    const bit = values[(k % 48) * 64 + Math.floor(k / 48)] as number;
    if (bit !== inside) runs.push(0);
    inside = bit;
    runs[runs.length - 1]! += 1;
  }
  return runs;
}

describe('coco', () => {
  const image = { id: 7, file_name: 'scans/a b.png', width: 64, height: 48 };
  const square = (x: number, y: number, side: number) => [x, y, x + side, y, x + side, y + side, x, y + side];
  const file = (change: object = {}) =>
    JSON.stringify({
      images: [image],
      categories: [
        { id: 1, name: 'mel' },
        { id: 2, name: 'ink' },
      ],
      annotations: [
        { image_id: 7, category_id: 1, segmentation: [square(2, 3, 10)] },
        { image_id: 7, category_id: 2, segmentation: { size: [48, 64], counts: [0, 48, 63 * 48] } },
        { image_id: 7, category_id: 1, segmentation: [square(40, 20, 4)] },
      ],
      ...change,
    });

  it('makes a case of each category of an image, and draws the union of its objects', async () => {
    const folder = await folderOf('coco', { 'annotations.json': file(), 'images/scans/a b.png': png });
    const dataset = await openCoco(folder, { categories: { mel: { target: 'lesion', diagnosis: 'melanoma' } } });
    const cases = await casesOf(dataset);
    expect(cases.map(({ id, target, diagnosis }) => [id, target, diagnosis])).toEqual([
      ['scans-a-b_mel', 'lesion', 'melanoma'],
      ['scans-a-b_ink', 'ink', null],
    ]);
    const areas = [];
    for (const { mask } of cases) {
      const { maskBits } = await decodeMask((await dataset?.read(mask ?? '')) ?? new Uint8Array());
      areas.push(maskBits.reduce((sum, bit) => sum + bit, 0));
    }
    expect(areas).toEqual([10 * 10 + 4 * 4, 48]);
    const out = join(root, 'imported');
    expect(await writeCases(dataset as Dataset, { out })).toBe(2);
    expect((await readCases(out)).map(({ record }) => record.id)).toEqual(cases.map(({ id }) => id));
    expect(await readFile(join(out, 'images/scans/a b.png'))).toEqual(Buffer.from(png));
  });

  it('reads run lengths as they were written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64 * 48, maxLength: 64 * 48, max: 1 }), (values) => {
        const rle = encodeRle(maskFromValues(values, { widthPx: 64, heightPx: 48, frameId: 'a' }));
        const size: [number, number] = [rle.size[0], rle.size[1]];
        expect(drawCocoMask(image, [{ size, counts: rle.counts }]).maskBits).toEqual(values);
        expect(drawCocoMask(image, [{ size, counts: columnRuns(values) }]).maskBits).toEqual(values);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['no JSON', '{', 'CASES_INVALID'],
    ['an annotation of no image', file({ images: [] }), 'CASES_INVALID'],
    [
      'a polygon of two points',
      file({ annotations: [{ image_id: 7, category_id: 1, segmentation: [[1, 2, 3, 4]] }] }),
      'CASES_INVALID',
    ],
    ['a size of no picture', file({ images: [{ ...image, width: 1e9 }] }), 'CASES_INVALID'],
    ['no object', file({ annotations: [] }), 'FOLDER_EMPTY'],
  ])('refuses %s', async (name, text, code) => {
    const folder = await folderOf(`bad ${name}`, { 'annotations.json': text });
    await expect(openCoco(folder)).rejects.toMatchObject({ code });
  });

  it('refuses a file name that leaves the folder, and run lengths that do not fill the image', async () => {
    const images = [{ ...image, file_name: '../../secret.png' }];
    const away = await openCoco(await folderOf('away', { 'annotations.json': file({ images }) }));
    const [first] = await casesOf(away);
    await expect(away?.read(first?.image ?? '')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    const short = { size: [48, 64] as [number, number], counts: [5, 5] };
    expect(() => drawCocoMask(image, [short])).toThrow(expect.objectContaining({ code: 'CASES_INVALID' }));
  });
});
