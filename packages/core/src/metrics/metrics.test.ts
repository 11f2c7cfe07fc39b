import { describe, expect, it } from 'vitest';
import { readReference } from '../../test/read-reference.js';
import type { ReferenceTensor } from '../../test/read-reference.js';
import { maskFromValues } from '../masks/mask-bits.js';
import { createRandom } from '../random.js';
import { bootstrapInterval } from './bootstrap.js';
import { diagnosisAccuracy, presenceReport } from './classification.js';
import { cIoU, countPixels, gIoU, meanDice, officialCiou, officialGiou, unionOf } from './segmentation.js';
import type { PixelCounts } from './segmentation.js';

function referenceCounts(tensors: Map<string, ReferenceTensor>, at: string): PixelCounts[] {
  const logits = tensors.get(`${at}in.pred_logits`) as ReferenceTensor;
  const truth = tensors.get(`${at}in.gt`) as ReferenceTensor;
  const [masks = 0, heightPx = 0, widthPx = 0] = logits.shape;
  const place = { widthPx, heightPx, frameId: at };
  return Array.from({ length: masks }, (_, i) => {
    const part = (data: ArrayLike<number>): number[] =>
      Array.from(data).slice(i * widthPx * heightPx, (i + 1) * widthPx * heightPx);
    const labels = part(truth.data);
    const isObject = maskFromValues(
      labels.map((v) => (v === 1 ? 1 : 0)),
      place,
    );
    const isIgnored = maskFromValues(
      labels.map((v) => (v === 255 ? 1 : 0)),
      place,
    );
    return countPixels(maskFromValues(part(logits.data), place), isObject, isIgnored);
  });
}

describe('segmentation metrics', () => {
  const { tensors } = readReference('metrics/base');
  const samples = [...tensors.keys()]
    .filter((name) => name.endsWith('in.gt'))
    .map((name) => name.slice(0, -'in.gt'.length));

  it('counts as the official validation', () => {
    for (const at of samples) {
      const counts = referenceCounts(tensors, at);
      const sum = (of: (c: PixelCounts) => number): number => counts.reduce((total, c) => total + of(c), 0);
      const outside = (c: PixelCounts): number => c.trueNegative + c.falsePositive + c.falseNegative;
      expect([sum((c) => c.trueNegative), sum((c) => c.truePositive)]).toEqual([
        ...(tensors.get(`${at}mid.intersection`)?.data ?? []),
      ]);
      expect([sum(outside), sum(unionOf)]).toEqual([...(tensors.get(`${at}mid.union`)?.data ?? [])]);
    }
  });

  it('equals the official gIoU and cIoU', () => {
    const all = samples.flatMap((at) => referenceCounts(tensors, at));
    const giou = tensors.get('out.giou')?.data[0] as number;
    const ciou = tensors.get('out.ciou')?.data[0] as number;
    expect(Math.abs(officialGiou(all) - giou)).toBeLessThan(1e-6);
    expect(Math.abs(officialCiou(all) - ciou)).toBeLessThan(1e-6);
    expect(Math.abs(gIoU(all) - giou)).toBeLessThan(1e-6);
    expect(Math.abs(cIoU(all) - ciou)).toBeLessThan(1e-6);
  });

  it('counts an empty target with an empty mask as 1', () => {
    const none = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 9 };
    const half = { truePositive: 1, falsePositive: 1, falseNegative: 0, trueNegative: 7 };
    expect(gIoU([none, half])).toBe(0.75);
    expect(cIoU([none, half])).toBe(0.5);
    expect(cIoU([none])).toBe(1);
    expect(meanDice([none, half])).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(gIoU([])).toBeNaN();
  });
});

describe('classification metrics', () => {
  it('sets accuracy beside the majority class and counts unparsed as wrong', () => {
    const outcome = (predicted: string | null, truth: string): { predicted: string | null; truth: string } => ({
      predicted,
      truth,
    });
    const report = diagnosisAccuracy([outcome('a', 'a'), outcome(null, 'a'), outcome('b', 'a'), outcome('b', 'b')]);
    expect(report).toEqual({ n: 4, accuracy: 0.5, majority: 0.75 });
  });

  it('reports presence in three groups, balanced over the first two', () => {
    const report = presenceReport([
      { group: 'present', answer: 'present' },
      { group: 'present', answer: 'unsure' },
      { group: 'absent-same-kind', answer: 'absent' },
      { group: 'absent-other-kind', answer: 'absent' },
      { group: 'absent-other-kind', answer: 'present' },
    ]);
    expect(report.recall).toEqual({ present: 0.5, 'absent-same-kind': 1, 'absent-other-kind': 0.5 });
    expect(report.balanced).toBe(0.75);
    expect(report.balancedAll).toBeCloseTo((0.5 + 2 / 3) / 2, 12);
    expect(presenceReport([{ group: 'present', answer: 'present' }]).balanced).toBeNull();
  });
});

describe('bootstrap', () => {
  const mean = (rows: readonly number[]): number => rows.reduce((a, b) => a + b, 0) / rows.length;

  it('covers the mean of a known distribution about as often as it says', () => {
    const random = createRandom(5);
    let covered = 0;
    for (let trial = 0; trial < 120; trial++) {
      const rows = Array.from({ length: 40 }, () => random.normal());
      const { low, high } = bootstrapInterval(rows, mean, { random: random.fork(trial), rounds: 300 });
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered / 120).toBeGreaterThan(0.85);
    expect(covered / 120).toBeLessThan(0.995);
  });

  it('is reproducible by seed and empty without rows', () => {
    const once = (): unknown => bootstrapInterval([1, 2, 5], mean, { random: createRandom(1) });
    expect(once()).toEqual(once());
    expect(bootstrapInterval([], mean, { random: createRandom(1) })).toEqual({ mean: NaN, low: NaN, high: NaN });
  });
});
