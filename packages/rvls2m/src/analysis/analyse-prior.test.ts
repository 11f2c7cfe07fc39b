import { createModelFrame, maskFromValues } from '@sim4seg/core';
import type { RegionPriorInput } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { boxPlugin, pointsPlugin, topCellsInference } from '../plugin-inference.js';
import { createBox } from '../priors/box.js';
import { createNoPrior } from '../priors/no-prior.js';
import { createPoints } from '../priors/points.js';
import { createTopCells } from '../priors/top-cells.js';
import { analysePrior } from './analyse-prior.js';

const size = { widthPx: 200, heightPx: 100 };
const frame = createModelFrame(size, 256);
const topCells = createTopCells(topCellsInference.optionsSchema.parse({ topN: 12 }));

/** High similarity in a box of tokens; the image fills the upper 8 of 16 rows. */
function inputOf(box: readonly [top: number, left: number, bottom: number, right: number]): RegionPriorInput {
  const similarity = new Float32Array(256);
  const [top, left, bottom, right] = box;
  for (let y = top; y < bottom; y++) similarity.fill(1, y * 16 + left, y * 16 + right);
  const imageTokens = { data: similarity, shape: [256, 1] };
  return {
    imageTokens,
    segEmbedding: Float32Array.of(1),
    tokenRows: 16,
    tokenColumns: 16,
    frame,
    promptSide: 64,
    variant: 0,
  };
}

/** A mask in the same place, in pixels of the original. */
function maskOf([top, left, bottom, right]: readonly [number, number, number, number]) {
  const values = Float32Array.from({ length: 200 * 100 }, (_, i) => {
    const [y, x] = [Math.floor(i / 200) / 12.5, (i % 200) / 12.5];
    return y >= top && y < bottom && x >= left && x < right ? 1 : -1;
  });
  return maskFromValues(values, { ...size, frameId: 'test' }, 0);
}

const middle = [2, 6, 5, 10] as const;

describe('analysePrior', () => {
  it('finds nothing wrong where the region lies on the target', () => {
    const target = maskOf(middle);
    const analysis = analysePrior(topCells.promptsFor(inputOf(middle)), { frame, target });
    expect(analysis.failures).toEqual([]);
    expect(analysis.figures).toEqual({ areaShare: 12 / 128, edgeShare: 0, precision: 1, recall: 1 });
    expect(analysis.targetShare).toBeCloseTo(12 / 128, 5);
    expect(analysis.normalised?.shape).toEqual([8, 16]);
    expect(analysis.region.side).toBe(64);
  });

  it('names a region that misses the target, and one at the edge', () => {
    const there = analysePrior(topCells.promptsFor(inputOf(middle)), { frame, target: maskOf([2, 0, 5, 4]) });
    expect(there.failures).toEqual(['off-target']);
    expect(there.figures.precision).toBe(0);
    const edge = analysePrior(topCells.promptsFor(inputOf([0, 0, 1, 12])), { frame });
    expect(edge.failures).toEqual(['edge-hugging']);
    expect(edge.figures.recall).toBeNull();
  });

  it('names a constant map and what follows from it', () => {
    expect(analysePrior(topCells.promptsFor(inputOf([0, 0, 16, 16])), { frame }).failures).toEqual([
      'constant',
      'empty',
    ]);
    const box = createBox(boxPlugin.optionsSchema.parse({}));
    expect(analysePrior(box.promptsFor(inputOf([0, 0, 16, 16])), { frame }).failures).toEqual([
      'constant',
      'everywhere',
    ]);
  });

  it('reads points and boxes as places', () => {
    const box = createBox(boxPlugin.optionsSchema.parse({ margin: 0, densePrompt: 'absent' }));
    const points = createPoints(pointsPlugin.optionsSchema.parse({ positives: 1, densePrompt: 'absent' }));
    const target = maskOf(middle);
    for (const prior of [box, points]) {
      const { failures, figures } = analysePrior(prior.promptsFor(inputOf(middle)), { frame, target });
      expect(failures).toEqual([]);
      expect(figures.precision).toBeGreaterThan(0.6);
    }
  });

  it('takes "no prior" and a target that is not there for what they are', () => {
    const nothing = createNoPrior().promptsFor({ ...inputOf(middle), segEmbedding: null });
    expect(analysePrior(nothing, { frame }).failures).toEqual(['empty']);
    const absent = analysePrior(topCells.promptsFor(inputOf(middle)), { frame, target: maskOf([0, 0, 0, 0]) });
    expect(absent.failures).toEqual([]);
    expect(absent.figures.recall).toBeNull();
  });
});
