import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMask } from '../decode-image.js';
import { loadCase } from '../load-case.js';
import { readCases } from '../read-cases.js';
import { labelVocabulary } from '../text/label-vocabulary.js';
import { makePhantom, PHANTOM_KINDS, phantomSeedOf } from './make-phantom.js';
import type { PhantomKind } from './phantom.js';
import { measurePhantomBaselines } from './phantom-baselines.js';
import { phantomCases } from './phantom-cases.js';
import { createPhantomDataset } from './phantom-dataset.js';
import { writePhantoms } from './write-phantoms.js';

const SMALL_PX = 96;
const draw = (kind: PhantomKind, count: number) =>
  Array.from({ length: count }, (_, index) => makePhantom(kind, 11, { split: 'val', index, widthPx: SMALL_PX }));

describe.each(PHANTOM_KINDS)('%s phantoms', (kind) => {
  const phantoms = draw(kind, 60);

  it('are not solved by a threshold or by brightness', () => {
    const baselines = measurePhantomBaselines(phantoms);
    const { otsuGIoU, nearestMeanAccuracy } = baselines;
    console.info(`${kind}: Otsu ${otsuGIoU.toFixed(1)} gIoU, mean brightness ${nearestMeanAccuracy.toFixed(1)}%`);
    expect(otsuGIoU).toBeLessThan(40);
    expect(nearestMeanAccuracy).toBeLessThan(60);
  });

  it('show none, one or two targets', () => {
    const counts = phantoms.map(({ targets }) => targets.filter(({ present }) => present).length);
    for (const count of [0, 1, 2]) expect(counts.filter((found) => found === count).length).toBeGreaterThan(2);
    for (const { targets } of phantoms) {
      const [first, second] = targets.map(({ mask }) => mask.maskBits);
      const both = first?.filter((bit, i) => bit === 1 && second?.[i] === 1).length ?? 0;
      const smaller = Math.min(...targets.map(({ mask }) => mask.maskBits.filter(Boolean).length));
      // Vessels cross the optic disc, and metal lies on the fracture that it holds.
      if (kind !== 'fundus' && kind !== 'limb-xray') expect(both).toBeLessThanOrEqual(0.15 * smaller);
    }
  });

  it('name diagnoses of the vocabulary, and none for what is absent', () => {
    for (const { targets } of phantoms) {
      for (const { target, diagnosis, present, mask } of targets) {
        const names = labelVocabulary[target]?.map(({ name }) => name);
        if (diagnosis !== null) expect(names).toContain(diagnosis);
        if (!present && diagnosis !== null) expect(diagnosis).toBe('normal (no lesion)');
        expect(mask.maskBits.includes(1)).toBe(present);
      }
    }
  });

  it('are equal for equal seeds and different for others', () => {
    const again = makePhantom(kind, 11, { split: 'val', index: 3, widthPx: SMALL_PX });
    expect(again).toEqual(phantoms[3]);
    const inTrain = makePhantom(kind, 11, { split: 'train', index: 3, widthPx: SMALL_PX });
    expect(inTrain.picture.data).not.toEqual(again.picture.data);
  });

  it('lie in the middle of the range of brightness', () => {
    for (const { picture } of phantoms) {
      const mean = picture.data.reduce((sum, value) => sum + value, 0) / picture.data.length;
      expect(mean).toBeGreaterThan(10);
      expect(mean).toBeLessThan(240);
    }
  });
});

it('never shares a seed between train and val', () => {
  fc.assert(
    fc.property(fc.constantFrom(...PHANTOM_KINDS), fc.integer(), fc.integer(), fc.nat(), (kind, a, b, index) => {
      expect(phantomSeedOf(kind, a, { split: 'train', index }) % 2).toBe(0);
      expect(phantomSeedOf(kind, b, { split: 'val', index }) % 2).toBe(1);
    }),
  );
});

it('asks every phantom for its main target, and some for one that is not there', () => {
  const cases = draw('dermoscopy', 30).flatMap((phantom, i) => phantomCases(phantom, `p${i}`));
  expect(new Set(cases.map(({ record }) => record.id)).size).toBe(cases.length);
  expect(cases.filter(({ record }) => record.target === 'skin lesion')).toHaveLength(30);
  const absent = cases.filter(({ target }) => target.target === 'ink mark' && !target.present);
  expect(absent.length).toBeGreaterThan(0);
});

describe('writing', () => {
  it('gives a case folder that reads back, and the same bytes again', async () => {
    const out = await mkdtemp(join(tmpdir(), 'sim4seg-phantoms-'));
    const options = { kind: 'breast-ultrasound', n: 4, seed: 2, split: 'train', widthPx: SMALL_PX } as const;
    try {
      const count = await writePhantoms({ ...options, out });
      const first = await readFile(join(out, 'cases.jsonl'), 'utf8');
      const cases = await readCases(out);
      expect(cases).toHaveLength(count);
      expect(cases.every(({ record }) => record.split === 'train')).toBe(true);
      for (const found of cases) {
        const { image, mask } = await loadCase(found);
        expect([image.widthPx, image.channels]).toEqual([SMALL_PX, 1]);
        expect(mask?.maskBits).toHaveLength(image.widthPx * image.heightPx);
      }
      expect((await readdir(out)).sort()).toEqual(['cases.jsonl', 'images', 'masks', 'sheet.png']);
      await writePhantoms({ ...options, out });
      expect(await readFile(join(out, 'cases.jsonl'), 'utf8')).toBe(first);
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  });

  it('stops when asked to and says why it could not write', async () => {
    const options = { kind: 'dermoscopy', n: 1, seed: 2, split: 'val', widthPx: SMALL_PX } as const;
    const signal = AbortSignal.abort();
    await expect(writePhantoms({ ...options, out: tmpdir(), signal })).rejects.toMatchObject({ code: 'ABORTED' });
    const out = '/dev/null/phantoms';
    await expect(writePhantoms({ ...options, out })).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });
});

it('draws a dataset on reading that equals the written one', async () => {
  const dataset = createPhantomDataset({ kind: 'dermoscopy', n: 3, seed: 5, split: 'val', widthPx: SMALL_PX });
  for await (const record of dataset.cases()) {
    const mask = await decodeMask(await dataset.read(record.mask ?? ''));
    expect(mask.widthPx).toBe(SMALL_PX);
  }
  await expect(dataset.read('images/dermoscopy_val_5_0009.png')).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  await expect(dataset.read('../../secret')).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
});
