import { createRandom } from '@sim4seg/core';
import { expectClose } from '@sim4seg/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { dotRows } from './dot-rows.js';
import { mixRows } from './mix-rows.js';
import { reserve, simdKernel } from './simd-kernel.js';

const kernel = simdKernel();
const draw = (seed: number, length: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
};

describe('the vector kernel', () => {
  it('is there on Node', () => {
    expect(kernel).not.toBeNull();
  });

  it('refuses more memory than it may take', () => {
    expect(reserve(kernel!, 2 ** 30)).toBe(false);
  });

  it('gives the same bits as the plain loop for any number and width of rows', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 23 }),
        fc.integer({ min: 1, max: 40 }),
        (seed, rows, width) => {
          const [tokens, seg] = [draw(seed, rows * width), draw(seed + 1, width)];
          const plain = dotRows(tokens, seg, null);
          expect(dotRows(tokens, seg, kernel)).toEqual(plain);
          const loop = Array.from({ length: rows }, (_, row) =>
            seg.reduce((sum, value, i) => sum + value * tokens[row * width + i]!, 0),
          );
          expectClose('dot products', plain, loop, { atol: 1e-5, rtol: 1e-6 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('mixes rows to the same bits as the plain loop, and leaves the rest alone', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('clamp' as const, 'cut' as const, 'keep' as const),
        (seed, count, width, form) => {
          const wide = { data: draw(seed, 5 * width).map((value) => 6 * value), width };
          const starts = Int32Array.from({ length: count }, (_, i) => i % 4);
          const table = { starts, weights: draw(seed + 1, 2 * count) };
          const mixed = [kernel, null].map((engine) => {
            const out = new Float32Array((count + 1) * width).fill(9);
            mixRows(wide, table, { form, out, kernel: engine });
            return out;
          });
          expect(mixed[0]).toEqual(mixed[1]);
          expect([...mixed[0]!.slice(count * width)]).toEqual(Array<number>(width).fill(9));
          if (form !== 'keep')
            expect(mixed[0]!.slice(0, count * width).every((value) => Math.abs(value) <= PROMPT_LOGIT)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('counts zero as inside', () => {
    for (const engine of [kernel, null]) {
      const out = new Float32Array(4);
      const table = { starts: Int32Array.of(0), weights: Float32Array.of(1, 0) };
      mixRows({ data: Float32Array.of(0, -1, 1, -0, 0, 0, 0, 0), width: 4 }, table, {
        form: 'cut',
        out,
        kernel: engine,
      });
      expect([...out]).toEqual([4, -4, 4, 4]);
    }
  });
});
