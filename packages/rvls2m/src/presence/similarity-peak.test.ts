import { createModelFrame } from '@sim4seg/core';
import type { PresenceEvidence } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { similarityPeakPlugin } from '../plugin-inference.js';
import { createSimilarityPeak, mapStatistic, similarityPeakOptionsSchema } from './similarity-peak.js';

const judge = (options: object = {}) => createSimilarityPeak(similarityPeakOptionsSchema.parse(options));

function evidence(values: readonly number[] | null, more: Partial<PresenceEvidence> = {}): PresenceEvidence {
  const similarity = values && { data: Float32Array.from(values), shape: [2, values.length / 2] };
  return { text: '', segCount: values ? 1 : 0, presentProb: null, presenceLogit: null, similarity, ...more };
}

const peaked = [0, 0, 0, 0, 0, 0, 0, 5];
const flat = [1, 2, 1, 2, 1, 2, 1, 2];

describe('statistics of a similarity map', () => {
  it('are higher where something stands out, and 0 where nothing does', () => {
    for (const statistic of ['peakZ', 'separability'] as const) {
      expect(mapStatistic(evidence([3, 3, 3, 3]), statistic)).toBe(0);
      expect(mapStatistic(evidence([0.1, 0.1, 0.1, 0.1]), statistic)).toBe(0);
    }
    expect(mapStatistic(evidence(peaked), 'peakZ')).toBeCloseTo(Math.sqrt(7), 5);
    expect(mapStatistic(evidence(flat), 'peakZ')).toBeCloseTo(1, 5);
    expect(mapStatistic(evidence(peaked), 'separability')).toBeCloseTo(1, 5);
    expect(mapStatistic(evidence([0, 1, 2, 3, 4, 5, 6, 7]), 'separability')).toBeCloseTo(16 / 21, 5);
    expect(mapStatistic(evidence(flat), 'peak')).toBe(2);
    expect(mapStatistic(evidence(null), 'peak')).toBeNull();
  });

  it('leave the padding out', () => {
    const frame = createModelFrame({ widthPx: 200, heightPx: 100 }, 256);
    expect(mapStatistic(evidence([1, 2, 3, 4, 90, 90, 90, 90], { frame }), 'peak')).toBe(4);
  });
});

describe('similarity-peak judge', () => {
  it('says present where the map has a peak and absent where it is flat', () => {
    expect(judge().judge([evidence(peaked)]).presence).toBe('present');
    expect(judge().judge([evidence(flat)]).presence).toBe('absent');
    expect(judge({ threshold: Math.sqrt(7) }).judge([evidence(peaked)]).presentProb).toBeCloseTo(0.5, 5);
  });

  it('counts a path without [SEG] as absent, and is unsure without any evidence', () => {
    const [, none] = [evidence(peaked), evidence(null)];
    expect(judge().judge([none])).toEqual({ presence: 'absent', presentProb: 0 });
    expect(judge({ absentBelow: 0.2 }).judge([evidence(peaked), none]).presence).toBe('unsure');
    expect(judge().judge([evidence(null, { segCount: null })])).toEqual({ presence: 'unsure', presentProb: 0.5 });
    expect(judge().judge([]).presence).toBe('unsure');
  });

  it('refuses thresholds that cross', () => {
    const { optionsSchema } = similarityPeakPlugin;
    expect(optionsSchema.safeParse({ presentFrom: 0.3, absentBelow: 0.5 }).success).toBe(false);
    expect(optionsSchema.safeParse({ statistic: 'mean' }).success).toBe(false);
  });
});
