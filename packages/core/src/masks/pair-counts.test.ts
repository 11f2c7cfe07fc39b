import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countByArithmetic, pairCounts } from './pair-counts.js';

const bitsOf = (words: Iterable<number>) => [...words].map((w) => w.toString(2).replaceAll('0', '').length);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

it('counts like arithmetic and like the digits, whatever the length', () => {
  const pair = fc.integer({ min: 0, max: 200 }).chain((length) => {
    const words = fc.uint8Array({ minLength: 4 * length, maxLength: 4 * length });
    return fc.tuple(words, words).map((bytes) => bytes.map(({ buffer }) => new Uint32Array(buffer)));
  });
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const [first, second] = [a as Uint32Array, b as Uint32Array];
      const counts = pairCounts(first, second);
      expect(counts).toEqual(countByArithmetic(first, second));
      expect(counts.both).toBe(sum(bitsOf(first.map((word, i) => word & (second[i] as number)))));
    }),
  );
});

it('counts lists longer than a page, odd ones and views of a larger buffer', () => {
  for (const length of [16_384, 16_385, 40_001]) {
    const whole = Uint32Array.from({ length: length + 3 }, (_, i) => Math.imul(i, 0x9e3779b9));
    const [a, b] = [whole.subarray(1, length + 1), whole.subarray(3)];
    expect(pairCounts(a, b)).toEqual(countByArithmetic(a, b));
  }
});
