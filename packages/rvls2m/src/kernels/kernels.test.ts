import { createRandom } from '@sim4seg/core';
import { expectClose } from '@sim4seg/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { mixColumns } from '../axis/apply-operators.js';
import { bilinearOperator, toBanded } from '../axis/axis-operator.js';
import { rangeOf } from '../maps/content-map.js';
import { paintCells } from '../priors/paint-cells.js';
import { markTopCells } from '../select-cells.js';
import { addVotes } from './add-votes.js';
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

  it('marks the same highest cells as the plain loop, with equal values, a share of them and a gap in each row', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 2, max: 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(1, 3, 1e6, 1e37),
        (seed, grid, share, steps) => {
          const columns = seed % 2 === 0 ? grid : Math.ceil(grid / 2);
          const allowed = Int32Array.from(
            { length: grid * columns },
            (_, i) => Math.floor(i / columns) * grid + (i % columns),
          );
          const means = draw(seed, grid * grid).map((value) => Math.round(value * steps));
          const { low, high } = rangeOf(means.filter((_, i) => i % grid < columns));
          const count = Math.round(share * grid * grid);
          const [ours, plain] = [kernel, null].map((engine) =>
            markTopCells({ means, allowed, low, high }, count, engine),
          );
          expect(ours).toEqual(plain);
          expect(ours!.reduce((sum, mark) => sum + mark, 0)).toBe(Math.min(count, allowed.length));
        },
      ),
      { numRuns: 120 },
    );
  });

  it('mixes columns to the same bits as the plain loop', () => {
    for (const [from, to] of [
      [16, 64],
      [16, 32],
      [7, 40],
      [2, 5],
    ] as const) {
      const columns = toBanded(bilinearOperator(from, to));
      const map = draw(from, 5 * from);
      const [ours, plain] = [kernel, null].map((engine) => {
        const wide = new Float32Array(6 * to).fill(9);
        mixColumns(wide, map, columns, engine);
        return wide;
      });
      expect(columns.span).toBe(2);
      expect(ours).toEqual(plain);
    }
  });

  it('adds the same votes as the plain loop, also of grids that do not nest', () => {
    for (const [gridCells, finest] of [
      [8, 64],
      [16, 64],
      [32, 64],
      [16, 16],
      [7, 32],
      [20, 48],
      [5, 12],
      [31, 32],
    ] as const) {
      const random = createRandom(gridCells);
      const marks = Uint8Array.from({ length: gridCells * gridCells }, () => random.int(0, 2));
      const votes = Uint8Array.from({ length: finest * finest }, () => random.int(0, 7));
      const [ours, plain] = [kernel, null].map((engine) => {
        const sums = votes.slice();
        addVotes(sums, marks, { gridCells, finest, kernel: engine });
        return sums;
      });
      expect(ours).toEqual(plain);
    }
  });

  it('finds the same range as the plain loop', () => {
    for (let length = 1; length < 200; length += 7) {
      const values = draw(length, 4 * length);
      expect(rangeOf(values, kernel)).toEqual(rangeOf(values, null));
    }
  });

  it('paints the same mask as the plain loop, also where cells are of unequal size or have no sample', () => {
    for (const [grid, side] of [
      [16, 64],
      [64, 64],
      [8, 256],
      [7, 64],
      [64, 48],
      [5, 12],
      [16, 30],
      [3, 100],
    ] as const) {
      const random = createRandom(grid);
      const cells = Uint8Array.from({ length: grid * grid }, () => random.int(0, 5));
      const paint = Int32Array.from({ length: side }, (_, x) => Math.floor(((x + 0.5) * grid) / side));
      const painting = { cells, values: Float32Array.of(-4, -2, 0, 2, 4), paint };
      expect(paintCells(painting, kernel)).toEqual(paintCells(painting, null));
    }
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
