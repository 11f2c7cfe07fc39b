import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sim4SegError, maskFromValues } from '@sim4seg/core';
import { decodeMask, writePhantoms } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns } from './compare-runs.js';
import { evaluate } from './evaluate.js';
import type { CaseQuestion } from './evaluate.js';
import type { CaseAnswer } from './case-outcome.js';
import { readOutcomes } from './outcome-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-evaluate-'));
  await writePhantoms({ kind: 'breast-ultrasound', n: 4, seed: 1, split: 'val', out: join(folder, 'cases') });
});
afterAll(() => rm(folder, { recursive: true }));

/** Answers that everything is there and is the left half of the picture. */
const leftHalf = async ({ image }: CaseQuestion): Promise<CaseAnswer> => {
  const { widthPx, heightPx, sha256: frameId } = image;
  const values = Float32Array.from({ length: widthPx * heightPx }, (_, i) => (i % widthPx < widthPx / 2 ? 1 : -1));
  const maskBits = maskFromValues(values, { widthPx, heightPx, frameId });
  return { presence: 'present', diagnosis: null, confidence: 0.5, text: 'Yes.', segCount: 1, maskBits };
};

describe('evaluate', () => {
  it('answers all, scores in percent, saves masks and predictions', async () => {
    const save = join(folder, 'out');
    const report = await evaluate({ answer: leftHalf, datasets: [join(folder, 'cases')], save, askWrongTargets: true });
    const [figures] = report.datasets;
    expect(figures?.n).toBe(report.micro.n);
    expect(figures?.gIoU?.mean).toBeGreaterThan(0);
    expect(figures?.gIoU?.mean).toBeLessThan(60);
    expect(figures?.segRate).toBe(100);
    expect(figures?.presenceGroups.present.recall).toBe(100);
    expect(figures?.presenceGroups.absentOtherKind).toEqual({ n: figures?.n, recall: 0 });
    const lines = (await readFile(join(save, 'predictions.jsonl'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(figures?.n ?? 0);
    const { dataset, id, text } = JSON.parse(lines[0] ?? '') as Record<string, string>;
    expect([dataset, text]).toEqual(['cases', 'Yes.']);
    const mask = await decodeMask(await readFile(join(save, 'cases', `${id}.png`)));
    expect(mask.maskBits.some(Boolean) && !mask.maskBits.every(Boolean)).toBe(true);
  });

  it('goes on where it broke off, asks several at once, and keeps external sets apart', async () => {
    const outcomes = { path: join(folder, 'resumed', 'outcomes.jsonl'), identity: 'model', resume: true };
    const cases = join(folder, 'cases');
    const other = join(folder, 'other');
    await writePhantoms({ kind: 'breast-ultrasound', n: 2, seed: 2, split: 'val', out: other });
    const asked: string[] = [];
    const counting = async (question: CaseQuestion): Promise<CaseAnswer> => {
      asked.push(question.image.sha256);
      return leftHalf(question);
    };
    const first = await evaluate({ answer: counting, datasets: [cases], outcomes, most: 2 });
    expect([first.micro.n, asked.length]).toEqual([2, 2]);
    const nowMs = (): number => asked.length;
    const settings = {
      datasets: [cases, other],
      outcomes,
      atOnce: 3,
      nowMs,
      internal: (name: string) => name === 'cases',
    };
    const report = await evaluate({ answer: counting, ...settings });
    expect(asked.length).toBe(report.micro.n + (report.external?.micro.n ?? 0));
    const plain = await evaluate({ answer: leftHalf, datasets: [cases] });
    expect(report.micro).toMatchObject({ gIoU: plain.micro.gIoU, ece: plain.micro.ece, n: plain.micro.n });
    expect(report.datasets.map(({ external }) => external)).toEqual([false, true]);
    expect(report.micro.failureRate).toBeGreaterThan(0);
    expect(report.micro.ece).toBeGreaterThan(0);
    await expect(
      evaluate({ answer: counting, datasets: [cases], outcomes: { ...outcomes, identity: 'other' } }),
    ).rejects.toMatchObject({ code: 'USAGE' });
    const { cases: done } = readOutcomes(outcomes.path);
    const better = done.map((each) => ({
      ...each,
      outcomes: each.outcomes.map((outcome) => ({
        ...outcome,
        mask: outcome.mask && { ...outcome.mask, iou: outcome.mask.iou + 0.1 },
      })),
    }));
    const { figures, unpaired } = compareRuns(done, better.slice(1));
    expect(unpaired).toBe(1);
    const all = figures.find(({ dataset, figure }) => dataset === 'all' && figure === 'IoU');
    expect(all?.difference.low).toBeCloseTo(10);
    expect([all?.isClear, all?.n]).toEqual([true, done.length - 1]);
    expect(figures.find(({ figure }) => figure === 'presence')?.isClear).toBe(false);
  });

  it('lists bad lines and cases that cannot be answered, and goes on', async () => {
    const path = join(folder, 'cases', 'cases.jsonl');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    await writeFile(
      path,
      [
        ...lines,
        'no json',
        lines[0]?.replace(/"id":\s*"[^"]*"/, '"id":"gone"').replace(/"image":\s*"[^"]*"/, '"image":"gone.png"'),
      ].join('\n'),
    );
    let asked = 0;
    const answer = async (question: CaseQuestion): Promise<CaseAnswer> => {
      if (asked++ === 0) throw new Sim4SegError('ENGINE_FAILED', { must: 'a', got: 'b', fix: 'c' });
      return leftHalf(question);
    };
    const report = await evaluate({ answer, datasets: [join(folder, 'cases')] });
    expect(report.failed.map(({ code }) => code)).toEqual(['CASES_INVALID', 'ENGINE_FAILED', 'IMAGE_UNREADABLE']);
    expect(report.micro.n).toBe(lines.length - 1);
  });
});
