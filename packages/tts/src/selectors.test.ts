import { maskFromValues } from '@sim4seg/core';
import type { Candidate, MaskBits } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanIouWithOthers } from './consensus.js';
import { maskConsensusPlugin, predictedIouPlugin, ttsPlugins } from './plugin.js';
import { maskConfidenceScorer, pathLogProbScorer, predictedIouScorer } from './scorers.js';

function maskOf(values: readonly number[]): MaskBits {
  return maskFromValues(Float32Array.from(values), { widthPx: values.length, heightPx: 1, frameId: 'image' });
}

function candidate(values: readonly number[], given: Partial<Candidate> = {}): Candidate {
  return {
    pathIndex: 0,
    maskIndex: 0,
    maskBits: maskOf(values),
    maskConfidence: 0.9,
    predictedIou: 0.5,
    pathLogProb: -1,
    diagnosisId: null,
    ...given,
  };
}

const selectorOf = (plugin: typeof predictedIouPlugin, options: object = {}) => {
  const created = plugin.create({ needs: {}, options: plugin.optionsSchema.parse(options) });
  if (created instanceof Promise) throw new Error('selectors are made at once');
  return created;
};

describe('predictedIou', () => {
  it('takes the highest estimate, the first of equals', () => {
    const candidates = [0.4, 0.9, 0.9].map((predictedIou) => candidate([1, 0], { predictedIou }));
    expect(selectorOf(predictedIouPlugin).select(candidates, [])).toEqual({ index: 1, scores: [0.4, 0.9, 0.9] });
  });

  it('adds scorers by weight', () => {
    const candidates = [0.6, 0.5].map((predictedIou) => candidate([1, 0], { predictedIou }));
    const selector = selectorOf(predictedIouPlugin, { weights: [0, 1] });
    expect(
      selector.select(candidates, [
        [9, 0],
        [0, 0.3],
      ]).index,
    ).toBe(1);
  });
});

describe('maskConsensus', () => {
  it('takes the medoid', () => {
    const candidates = [
      candidate([1, 1, 0, 0, 0]),
      candidate([0, 0, 0, 0, 1]),
      candidate([1, 1, 1, 0, 0]),
      candidate([1, 1, 1, 1, 0]),
    ];
    expect(selectorOf(maskConsensusPlugin).select(candidates, []).index).toBe(2);
  });

  it('is 1 for a mask alone and for equal or empty masks', () => {
    expect(meanIouWithOthers([maskOf([1, 0])])).toEqual([1]);
    expect(meanIouWithOthers([maskOf([0, 0]), maskOf([0, 0])])).toEqual([1, 1]);
  });

  it('does not depend on the order of the candidates', () => {
    const masks = fc.array(fc.array(fc.constantFrom(0, 1), { minLength: 40, maxLength: 40 }), {
      minLength: 2,
      maxLength: 7,
    });
    fc.assert(
      fc.property(masks, (drawn) => {
        const scores = meanIouWithOthers(drawn.map(maskOf));
        const reversed = meanIouWithOthers([...drawn].reverse().map(maskOf)).reverse();
        scores.forEach((score, i) => expect(score).toBeCloseTo(reversed[i] ?? -1, 12));
        expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('every selection', () => {
  it('can be recomputed from its listed scores', () => {
    const draw = fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(fc.constantFrom(0, 1), { minLength: 9, maxLength: 9 }),
      ),
      {
        minLength: 1,
        maxLength: 9,
      },
    );
    fc.assert(
      fc.property(draw, (drawn) => {
        const candidates = drawn.map(([predictedIou, mask]) => candidate(mask, { predictedIou }));
        for (const plugin of [predictedIouPlugin, maskConsensusPlugin]) {
          const { index, scores } = selectorOf(plugin).select(candidates, []);
          expect(scores).toHaveLength(candidates.length);
          expect(index).toBe(scores.indexOf(Math.max(...scores)));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('refuses no candidates and scores that are no numbers', () => {
    expect(() => selectorOf(predictedIouPlugin).select([], [])).toThrow(/at least one candidate/);
    const broken = [candidate([1], { predictedIou: Number.NaN })];
    expect(() => selectorOf(predictedIouPlugin).select(broken, [])).toThrow(/finite score/);
  });
});

describe('scorers', () => {
  it('read what their name says', () => {
    const one = [candidate([1], { predictedIou: 0.1, maskConfidence: 0.7, pathLogProb: -3 })];
    expect([predictedIouScorer, maskConfidenceScorer, pathLogProbScorer].map((scorer) => scorer.score(one)[0])).toEqual(
      [0.1, 0.7, -3],
    );
  });

  it('have ids of their own within their kind', () => {
    const keys = ttsPlugins.map((plugin) => `${plugin.provides.id}:${plugin.id}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
