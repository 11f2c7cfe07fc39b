import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMaskPng, encodePng } from '../encode-png.js';
import { makePhantom } from '../phantoms/make-phantom.js';
import { writePhantoms } from '../phantoms/write-phantoms.js';
import { escapeHtml, reportPage } from './report-page.js';
import { validateCases } from './validate-cases.js';

const SIDE = 160;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-validate-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const picture = (index: number) => makePhantom('dermoscopy', 4, { split: 'val', index, widthPx: SIDE }).picture;
const writePicture = async (name: string, index: number) =>
  writeFile(join(folder, name), await encodePng(picture(index)));
const writeMask = async (name: string, index: number, value: number | null = 255) => {
  const { widthPx, heightPx } = picture(index);
  const maskBits = new Uint8Array(widthPx * heightPx);
  if (value !== null) maskBits.fill(1, 500, 900);
  const bytes = await encodeMaskPng({ maskBits, widthPx, heightPx });
  const grey =
    value === null || value === 255
      ? bytes
      : await sharp(bytes)
          .linear(value / 255, 0)
          .png()
          .toBuffer();
  await writeFile(join(folder, name), grey);
};
const about = { modality: 'dermoscopy', anatomy: 'skin', target: 'skin lesion', split: 'train' };
const writeCases = (cases: readonly object[]) =>
  writeFile(join(folder, 'cases.jsonl'), cases.map((one) => JSON.stringify({ ...about, ...one })).join('\n'));
const kinds = async () => {
  const { findings } = await validateCases([folder]);
  return findings.filter(({ kind }) => kind !== 'one-class' && kind !== 'no-masks').map(({ kind }) => kind);
};

describe('validateCases', () => {
  it('finds nothing in phantoms', async () => {
    await writePhantoms({ kind: 'breast-ultrasound', n: 6, seed: 1, split: 'train', out: folder, widthPx: 96 });
    expect(await validateCases([folder])).toMatchObject({ errors: 0, warnings: 0, findings: [] });
  });

  it('finds missing and unreadable files, and lines that are no cases', async () => {
    await writePicture('a.png', 0);
    await writeFile(join(folder, 'b.png'), 'no picture');
    await symlink('/etc/hostname', join(folder, 'link.png'));
    await writeCases([
      { id: 'a', image: 'a.png', mask: 'gone.png' },
      { id: 'b', image: 'b.png' },
      { id: 'c', image: '../c.png' },
      { id: 'd', image: 'link.png' },
      { id: 'a', image: 'a.png' },
    ]);
    expect((await kinds()).sort()).toEqual([
      'file-missing',
      'line-invalid',
      'line-invalid',
      'line-invalid',
      'picture-unreadable',
    ]);
  });

  it('finds masks that do not fit, are not binary or say something else than the label', async () => {
    for (const index of [0, 1, 2, 3, 4]) await writePicture(`${index}.png`, index);
    await writeFile(
      join(folder, 'small.png'),
      await encodeMaskPng({ maskBits: new Uint8Array(64).fill(1), widthPx: 8, heightPx: 8 }),
    );
    await writeMask('grey.png', 1, 180);
    await writeMask('empty.png', 2, null);
    await writeMask('drawn.png', 3);
    await writeMask('none.png', 4, null);
    await writeCases([
      { id: 'size', image: '0.png', mask: 'small.png' },
      { id: 'grey', image: '1.png', mask: 'grey.png' },
      { id: 'empty', image: '2.png', mask: 'empty.png', diagnosis: 'melanoma' },
      { id: 'drawn', image: '3.png', mask: 'drawn.png', diagnosis: 'normal (no lesion)' },
      { id: 'fine', image: '4.png', mask: 'none.png', diagnosis: null },
    ]);
    expect(await kinds()).toEqual(['mask-size', 'mask-not-binary', 'mask-empty', 'mask-drawn']);
  });

  it('finds what leaks between splits: patients, copies and near copies', async () => {
    await writePicture('a.png', 0);
    await writePicture('b.png', 1);
    await writePicture('c.png', 2);
    await writePicture('same.png', 0);
    const { data, widthPx, heightPx } = picture(1);
    const raw = { raw: { width: widthPx, height: heightPx, channels: 3 as const } };
    await writeFile(join(folder, 'near.jpg'), await sharp(data, raw).resize(240).jpeg({ quality: 70 }).toBuffer());
    await writeCases([
      { id: 'a', image: 'a.png', patient: 'p' },
      { id: 'b', image: 'b.png', patient: 'q' },
      { id: 'c', image: 'c.png', patient: 'p', split: 'val' },
      { id: 'same', image: 'same.png', split: 'val' },
      { id: 'near', image: 'near.jpg', split: 'val' },
      { id: 'twice', image: 'a.png', split: 'train' },
    ]);
    expect(await kinds()).toEqual(['patient-in-splits', 'copy-in-splits', 'near-copy-in-splits', 'copy-in-splits']);
  });

  it('finds labels that contradict each other, but not two targets of one picture', async () => {
    await writePicture('a.png', 0);
    await writeMask('m.png', 0);
    await writeMask('e.png', 0, null);
    await writeCases([
      { id: 'a', image: 'a.png', mask: 'm.png', diagnosis: 'melanoma' },
      { id: 'b', image: 'a.png', mask: 'm.png', diagnosis: 'benign nevus' },
      { id: 'c', image: 'a.png', mask: 'e.png' },
      { id: 'd', image: 'a.png', mask: 'e.png', target: 'ink mark' },
    ]);
    expect(await kinds()).toEqual(['labels-contradict', 'labels-contradict']);
  });

  it('warns of a dataset without masks, with one class or without cases', async () => {
    await writePicture('a.png', 0);
    await writeCases([{ id: 'a', image: 'a.png', diagnosis: 'melanoma' }]);
    expect(await validateCases([folder])).toMatchObject({ errors: 0, counts: { 'no-masks': 1, 'one-class': 1 } });
    await writeFile(join(folder, 'cases.jsonl'), '\n');
    expect(await validateCases([folder])).toMatchObject({ errors: 0, cases: 0, counts: { 'no-cases': 1 } });
  });

  it('stops when asked to', async () => {
    await writePicture('a.png', 0);
    await writeCases([{ id: 'a', image: 'a.png' }]);
    const signal = AbortSignal.abort();
    await expect(validateCases([folder], { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('reportPage', () => {
  it('shows findings with pictures and escapes all that datasets say', async () => {
    await writePicture('a.png', 0);
    await writeMask('e.png', 0, null);
    await writeCases([
      { id: 'a', image: 'a.png', mask: 'e.png', diagnosis: '<script>alert("x")</script>' },
      { id: 'b', image: '<img src=x onerror=y>.png' },
    ]);
    let page = '';
    for await (const piece of reportPage(await validateCases([folder]))) page += piece;
    expect(page).not.toMatch(/<script|<img src=x/);
    expect(page).toContain('&#60;script&#62;');
    expect(page.match(/data:image\/jpeg;base64,/g)).toHaveLength(2);
    expect(page).toContain('2 errors');
  });

  it('leaves no sign that HTML would read', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"'`]|&(?!#\d+;)/);
      }),
    );
  });
});
