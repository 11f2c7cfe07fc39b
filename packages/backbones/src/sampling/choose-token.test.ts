import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseToken, softmax } from './choose-token.js';

const logitsArbitrary = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 });
const uniformArbitrary = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('chooseToken', () => {
  it('takes the likeliest at temperature 0, the lower id where two are equal', () => {
    const logits = Float32Array.from([1, 5, 5, 2]);
    expect(chooseToken(logits, { temperature: 0, topP: 1, uniform: 0.99 }).id).toBe(1);
  });

  it('gives the log-probability of the model itself at any temperature', () => {
    const logits = Float32Array.from([0, 1, 2]);
    const options = { temperature: 0.5, topP: 1, uniform: 0.999 };
    const { id, logProb } = chooseToken(logits, options);
    expect(logProb).toBeCloseTo(Math.log(softmax(logits)[id]!), 6);
  });

  it('never leaves the nucleus', () => {
    fc.assert(
      fc.property(logitsArbitrary, uniformArbitrary, uniformArbitrary, (list, topP, uniform) => {
        const logits = Float32Array.from(list);
        const { id } = chooseToken(logits, { temperature: 1, topP, uniform });
        const probabilities = softmax(logits);
        const better = probabilities.filter((p) => p > probabilities[id]!).reduce((sum, p) => sum + p, 0);
        expect(better).toBeLessThan(Math.max(topP, Number.EPSILON));
      }),
    );
  });

  it('draws in proportion to the probabilities', () => {
    const logits = Float32Array.from([Math.log(0.7), Math.log(0.2), Math.log(0.1)]);
    const draws = Array.from({ length: 1000 }, (_, i) =>
      chooseToken(logits, { temperature: 1, topP: 1, uniform: i / 1000 }),
    );
    const share = (id: number): number => draws.filter((draw) => draw.id === id).length / 1000;
    expect(share(0)).toBeCloseTo(0.7, 2);
    expect(share(1)).toBeCloseTo(0.2, 2);
  });

  it('filters as the plain form of each filter does, one after the other', () => {
    fc.assert(
      fc.property(
        // Steps of a hundredth: what lies closer is ranked by rounding.
        fc.array(
          fc.integer({ min: -2000, max: 2000 }).map((n) => n / 100),
          { minLength: 1, maxLength: 40 },
        ),
        fc.record({
          temperature: fc.double({ min: 0.1, max: 3, noNaN: true }),
          topP: fc.double({ min: 0.05, max: 1, noNaN: true }),
          topK: fc.integer({ min: 1, max: 45 }),
          repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
          previous: fc.array(fc.nat(50), { maxLength: 6 }),
          uniform: uniformArbitrary,
        }),
        (list, given) => {
          const logits = Float32Array.from(list);
          const options = { ...given, previous: given.previous.map((id) => id % list.length) };
          const { id } = chooseToken(logits, options);
          const kept = naiveFilters(logits, options);
          expect(kept[id]).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('draws from the filtered tokens in proportion', () => {
    const logits = Float32Array.from([1, 2, 3, 4, 0.5]);
    const options = { temperature: 0.8, topP: 0.95, topK: 3, repetitionPenalty: 1.3, previous: [3, 3] };
    const draws = Array.from({ length: 4000 }, (_, i) => chooseToken(logits, { ...options, uniform: i / 4000 }).id);
    naiveFilters(logits, options).forEach((probability, id) => {
      expect(draws.filter((draw) => draw === id).length / 4000).toBeCloseTo(probability, 2);
    });
  });

  it('takes the likeliest of penalised tokens at temperature 0', () => {
    const options = { temperature: 0, topP: 1, repetitionPenalty: 2, previous: [0], uniform: 0 };
    expect(chooseToken(Float32Array.from([3, 2]), options).id).toBe(1);
    expect(chooseToken(Float32Array.from([-1, -1.5]), options).id).toBe(1);
  });
});

interface Filters {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly repetitionPenalty: number;
  readonly previous: readonly number[];
}

/** Each filter in its plainest form, on all tokens; probabilities of what is left. */
function naiveFilters(
  logits: Float32Array,
  { temperature, topP, topK, repetitionPenalty, previous }: Filters,
): number[] {
  const scores = [...logits].map((logit, id) => {
    if (!previous.includes(id)) return logit / temperature;
    return Math.fround(logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty) / temperature;
  });
  const ranked = scores.map((score, id) => ({ score, id })).sort((a, b) => b.score - a.score || a.id - b.id);
  const top = ranked.slice(0, topK);
  const weights = top.map(({ score }) => Math.exp(score - top[0]!.score));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kept = top.filter((_, rank) => {
    const before = weights.slice(0, rank).reduce((sum, weight) => sum + weight, 0) / total;
    // Rounding may let one token more or less in at the very edge of the nucleus.
    return rank === 0 || before < topP + 1e-12;
  });
  const mass = kept.reduce((sum, { id }) => sum + weights[top.findIndex((entry) => entry.id === id)]!, 0);
  const probabilities = scores.map(() => 0);
  for (const { id } of kept) probabilities[id] = weights[top.findIndex((entry) => entry.id === id)]! / mass;
  return probabilities;
}
