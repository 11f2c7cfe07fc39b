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
});
