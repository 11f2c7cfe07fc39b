import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePhantoms } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { testBundle } from '../../test/test-bundle.js';
import { writeUntrainedBundle } from '../../test/untrained-bundle.js';

let home = '';
const at = (...path: string[]): string => join(home, ...path);
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sim4seg-experiment-'));
  await writePhantoms({ kind: 'dermoscopy', n: 3, seed: 4, split: 'val', out: at('moles') });
}, 60_000);
afterAll(() => rm(home, { recursive: true, force: true }));

it('asks whether similarity maps point at the target, or says that there are no maps', async () => {
  const args = ['--cases', at('moles'), '--most', '2', '--out', at('zero'), '--bundle', await testBundle(home)];
  const done = await runCommand('experiment', 'zero-shot', ...args);
  if (done.code !== 0) return expect(done.err).toContain('answers without a similarity map');
  expect(done.out).toMatch(/peak inside +by chance/);
  const report = JSON.parse(await readFile(at('zero/report.json'), 'utf8')) as {
    figures: { n: number }[];
    without: number;
  };
  expect((report.figures[0]?.n ?? 0) + report.without).toBe(2);
  return expect(await readFile(at('zero/report.md'), 'utf8')).toContain('Do similarity maps point at the target?');
}, 60_000);

it('asks trained grids with other numbers of cells and reports, without training again what is there', async () => {
  await writeUntrainedBundle(at('grid/runs/grid-4-seed-1/bundle'));
  await writeFile(at('config.yaml'), 'training: { phases: [{ name: joint, steps: 7, images: 2 }] }\n');
  const args = ['--config', at('config.yaml'), '--cases', at('moles'), '--most', '1', '--out', at('grid')];
  const done = await runCommand('experiment', 'grid', ...args, '--grids', '4', '--top-n', '2,4', '--seeds', '1');
  expect(done).toMatchObject({ code: 0, err: '' });
  expect(done.out).toMatch(/grid 4, top 2, seed 1: gIoU .*\ngrid 4, top 4, seed 1/);
  const page = await readFile(at('grid/report/report.md'), 'utf8');
  expect(page).toContain('Budget of a run: joint 7 steps of 2 images');
  expect(page).toMatch(/\| grid 4, top 2 \| 1 \| \d/);
}, 60_000);
