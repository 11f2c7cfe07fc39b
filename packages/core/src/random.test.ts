import { describe, expect, it } from 'vitest';
import { createRandom } from './random.js';

describe('random source', () => {
  it('forks do not depend on what was drawn, nor on each other', () => {
    const a = createRandom(7);
    const early = a.fork('path').uniform();
    for (let i = 0; i < 10; i++) a.uniform();
    a.fork('another').uniform();
    expect(a.fork('path').uniform()).toBe(early);
    expect(a.fork('path2').uniform()).not.toBe(early);
    expect(createRandom(8).fork('path').uniform()).not.toBe(early);
    expect(
      createRandom(7 + 2 ** 32)
        .fork('path')
        .uniform(),
    ).not.toBe(early);
  });

  it('is uniform: mean, variance, bits, serial and fork correlation', () => {
    const n = 20000;
    const random = createRandom(1);
    const x = Array.from({ length: n }, () => random.uniform());
    const forks = Array.from({ length: n }, (_, i) => random.fork(i).uniform());
    for (const values of [x, forks]) {
      const mean = values.reduce((s, v) => s + v, 0) / n;
      const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / n;
      const serial =
        values.slice(1).reduce((s, v, i) => s + (v - mean) * ((values[i] as number) - mean), 0) / n / variance;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
      expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.003);
      expect(Math.abs(serial)).toBeLessThan(0.03);
      const bins = Array.from({ length: 16 }, (_, b) => values.filter((v) => Math.floor(v * 16) === b).length);
      expect(bins.reduce((s, c) => s + (c - n / 16) ** 2 / (n / 16), 0)).toBeLessThan(45);
    }
    const bits = Array.from({ length: 32 }, () => 0);
    for (let i = 0; i < n; i++) {
      const word = random.uint32();
      bits.forEach((count, b) => (bits[b] = count + ((word >>> b) & 1)));
    }
    for (const count of bits) expect(Math.abs(count / n - 0.5)).toBeLessThan(0.02);
  });

  it('draws integers in range, normals of unit variance, true permutations', () => {
    const random = createRandom(3);
    const normals = Array.from({ length: 20000 }, () => random.normal());
    expect(Math.abs(normals.reduce((s, v) => s + v * v, 0) / normals.length - 1)).toBeLessThan(0.05);
    expect(normals.every(Number.isFinite)).toBe(true);
    const ints = Array.from({ length: 1000 }, () => random.int(-2, 3));
    expect(new Set(ints)).toEqual(new Set([-2, -1, 0, 1, 2]));
    const items = Array.from({ length: 20 }, (_, i) => i);
    const shuffled = random.shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  });
});
