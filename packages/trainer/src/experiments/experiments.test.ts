import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePhantoms } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportOf } from '../evaluate/evaluation-report.js';
import { cotArms, gridArms } from './arm.js';
import { writeExperimentReport } from './experiment-report.js';
import { runExperiment } from './run-experiment.js';
import type { ExperimentPorts } from './run-experiment.js';
import { seedMean, summarise } from './summary.js';
import { measurePointing, pointingFigures, scoreMap } from './zero-shot.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-experiments-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('trains each grid once a seed, asks it with every number of cells, and goes on where it stopped', async () => {
  const arms = gridArms({ grids: [8, 16], topNs: [12, 36], trainedTopN: 36 });
  const trained: string[] = [];
  const asked: string[] = [];
  const iou = (sets: readonly string[], seed: number): number => (sets[1]?.endsWith('=16') ? 0.6 : 0.3) + seed / 100;
  const ports: ExperimentPorts = {
    train: async ({ sets, out }) => {
      trained.push(sets.join(' '));
      return join(out, 'bundle');
    },
    ask: async ({ sets, seed }) => {
      asked.push(sets.join(' '));
      const mask = { iou: iou(sets, seed), dice: 0, intersection: 1, union: 2 };
      const outcome = { dataset: 'a', id: 'x', mask, diagnosis: null, presence: null, segCount: 1 };
      return reportOf([outcome], { bootstrapSeed: 0 });
    },
  };
  const results = await runExperiment({ arms, seeds: [1, 2, 3], out: folder, ports });
  expect([results.length, asked.length]).toEqual([12, 12]);
  expect(trained[0]).toBe('regionPrior.use=topCells regionPrior.gridCells=8 regionPrior.topN=36');
  await runExperiment({ arms, seeds: [1, 2, 3], out: folder, ports });
  expect(asked).toHaveLength(12);
  const about = { title: 'Grid', about: ['A test.'], xTitle: 'cells' };
  const conclusion = await writeExperimentReport(join(folder, 'report'), summarise(arms, results), about);
  expect(conclusion).toBe(
    'Highest gIoU: grid 16, top 12 (62.0). Its interval meets those of 1 of 3 other arms: grid 16, top 36.',
  );
  expect((await readdir(join(folder, 'report'))).sort()).toEqual(['plot.png', 'plot.svg', 'report.json', 'report.md']);
  expect(await readFile(join(folder, 'report/report.md'), 'utf8')).toContain(
    '| grid 8, top 12 | 3 | 32.0 [29.5, 34.5] |',
  );
});

it('compares what is said, in both orders, with and without prior', () => {
  const arms = cotArms({ tokenSide: 4 });
  expect(arms).toHaveLength(10);
  expect(new Set(arms.map(({ training }) => training)).size).toBe(10);
  expect(arms.filter(({ train }) => train.includes('regionPrior.use=none'))).toHaveLength(5);
});

it('gives means over seeds with the interval of Student', () => {
  expect(seedMean([])).toBeNull();
  expect(seedMean([4])).toEqual({ mean: 4, low: null, high: null });
  // Standard deviation 1, so half the interval is 4.303 / sqrt(3).
  expect(seedMean([1, 2, 3])?.high).toBeCloseTo(2 + 2.4843, 3);
});

it('scores a map that points at the mask, and one that points elsewhere, beside the centre', () => {
  const mask = { maskBits: Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), widthPx: 3, heightPx: 3 };
  const elsewhere = scoreMap(Float32Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0), mask, 1 / 9);
  expect(elsewhere).toEqual({ hit: false, chanceHit: 1 / 9, iou: 0, centreIou: 1 });
  const there = scoreMap(Float32Array.of(0, 0, 0, 0, 9, 1, 0, 0, 0), mask, 2 / 9);
  expect(there).toMatchObject({ hit: true, iou: 1 / 2, centreIou: 1 / 2 });
});

it('measures pointing over cases whose target is there', async () => {
  const cases = join(folder, 'cases');
  await writePhantoms({ kind: 'dermoscopy', n: 4, seed: 1, split: 'val', out: cases });
  let asked = 0;
  const { outcomes, without } = await measurePointing({
    similarityOf: async ({ image: { widthPx, heightPx } }) =>
      asked++ === 0 ? null : Float32Array.from({ length: widthPx * heightPx }, (_, i) => i),
    ...{ datasets: [cases], share: 36 / 256 },
  });
  expect([without, outcomes.length]).toEqual([1, asked - 1]);
  const [figures] = pointingFigures(outcomes);
  expect(figures?.n).toBe(outcomes.length);
  expect(figures?.chanceHit).toBeGreaterThan(0);
});
