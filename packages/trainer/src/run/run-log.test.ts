import { mkdtemp, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeImage } from '@sim4seg/data';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawCurves } from './curves.js';
import { openRunFolder } from './run-folder.js';
import { createRunLog, readRunLog } from './run-log.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const step = (total: number, loss = total) => {
  const place = { phase: 'masks', step: total - 1, total, totalSteps: 20 };
  return { type: 'step', ...place, lr: 1e-3, values: { loss }, imagesPerSecond: 4, secondsLeft: 1 } as const;
};

describe('run log', () => {
  it('writes means, and a resumed run replaces the lines that it does again', async () => {
    const path = join(folder, 'log.jsonl');
    const log = createRunLog(path, { every: 5, resumedAt: 0 });
    for (let total = 1; total <= 15; total++) log(step(total));
    expect(readRunLog(path).map(({ total, values }) => [total, values['loss']])).toEqual([
      [5, 3],
      [10, 8],
      [15, 13],
    ]);
    await appendFile(path, '{"cut off');
    const resumed = createRunLog(path, { every: 5, resumedAt: 10 });
    for (let total = 11; total <= 20; total++) resumed(step(total, 1));
    expect(readRunLog(path).map(({ total }) => total)).toEqual([5, 10, 15, 20]);
    expect(readRunLog(path)[2]?.values['loss']).toBe(1);
  });

  it('becomes curves as SVG and PNG', async () => {
    const path = join(folder, 'log.jsonl');
    const log = createRunLog(path, { every: 1, resumedAt: 0 });
    for (let total = 1; total <= 20; total++) log(step(total));
    await drawCurves({ log: path, curves: join(folder, 'curves') });
    expect(await readFile(join(folder, 'curves.svg'), 'utf8')).toContain('<svg');
    const image = await decodeImage(await readFile(join(folder, 'curves.png')));
    expect(image.widthPx).toBeGreaterThan(300);
  });
});

describe('run folder', () => {
  it('refuses a folder in use without resume', async () => {
    await writeFile(join(folder, 'something'), '');
    await expect(openRunFolder(folder, { resume: false })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(openRunFolder(folder, { resume: true })).resolves.toMatchObject({ root: folder });
    await expect(openRunFolder(join(folder, 'something', 'x'), { resume: false })).rejects.toMatchObject({
      code: 'WRITE_FAILED',
    });
  });
});
