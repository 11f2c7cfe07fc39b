import { createModelFrame, createRandom } from '@sim4seg/core';
import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { expectClose } from '@sim4seg/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellMeans, cellOf, isInside, normalisedMap, varianceBetween } from '../../test/reference-loops.js';
import type { Grid } from '../../test/reference-loops.js';
import { regionPriorInferencePlugins } from '../plugin-inference.js';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { otsuCount } from './otsu-count.js';

const plugins = Object.fromEntries(regionPriorInferencePlugins.map((plugin) => [plugin.id, plugin]));

function priorOf(id: string, options: object = {}): RegionPrior {
  const plugin = plugins[id] as unknown as {
    optionsSchema: { parse(value: unknown): unknown };
    create(context: { needs: object; options: unknown }): RegionPrior;
  };
  return plugin.create({ needs: {}, options: plugin.optionsSchema.parse(options) });
}

interface Drawn {
  readonly input: RegionPriorInput;
  readonly similarity: Float32Array;
  readonly grid: Grid;
}

function drawn(
  seed: number,
  shape: { rows: number; columns: number; widthPx: number; heightPx: number; side: number },
): Drawn {
  const random = createRandom(seed);
  const { rows, columns, side } = shape;
  const similarity = Float32Array.from({ length: rows * columns }, () => random.normal());
  const frame = createModelFrame(shape, 256);
  const input = {
    imageTokens: { data: similarity, shape: [rows * columns, 1] },
    segEmbedding: Float32Array.of(1),
    tokenRows: rows,
    tokenColumns: columns,
    frame,
    promptSide: side,
    variant: 0,
  };
  return { input, similarity, grid: { rows, columns, frame, side } };
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 18 }),
  columns: fc.integer({ min: 1, max: 18 }),
  widthPx: fc.integer({ min: 1, max: 500 }),
  heightPx: fc.integer({ min: 1, max: 500 }),
  side: fc.constantFrom(16, 30, 64),
});
const square = { rows: 16, columns: 16, widthPx: 256, heightPx: 256, side: 64 };
const maskOf = (prior: RegionPrior, { input }: Drawn): Float32Array => prior.promptsFor(input).prompts.mask!.data;
const constant = (value: number): Drawn => {
  const plain = drawn(1, square);
  plain.similarity.fill(value);
  return plain;
};

describe.each(Object.keys(plugins))('%s', (id) => {
  it('gives finite prompts of the declared shapes, inside the image, for any grid, image and variant', () => {
    fc.assert(
      fc.property(fc.integer(), shapes, fc.integer({ min: 0, max: 7 }), (seed, shape, variant) => {
        const { input } = drawn(seed, shape);
        const { prompts, similarity } = priorOf(id).promptsFor({ ...input, variant });
        const { mask, points, pointLabels, boxes } = prompts;
        expect(mask ?? points ?? boxes).toBeDefined();
        expect(mask?.shape).toEqual([1, 1, shape.side, shape.side]);
        expect(mask?.data.length).toBe(shape.side ** 2);
        expect(mask?.data.every((value) => Math.abs(value) <= PROMPT_LOGIT)).toBe(true);
        expect(similarity?.shape).toEqual([shape.rows, shape.columns]);
        if (points) expect(points.shape).toEqual([1, pointLabels?.data.length, 2]);
        for (const places of [points, boxes]) {
          expect(places?.data.every((value) => value >= -0.5 && value <= 256) ?? true).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives the same again, and takes its input as it is', () => {
    const { input, similarity } = drawn(3, square);
    const before = similarity.slice();
    expect(priorOf(id).promptsFor(input)).toEqual(priorOf(id).promptsFor(input));
    expect(similarity).toEqual(before);
  });

  it('says nothing about the place where the similarity is constant', () => {
    for (const value of [0, 0.3, -7]) {
      const { prompts } = priorOf(id).promptsFor(constant(value).input);
      expect(prompts.mask?.data.every((logit) => logit <= 0)).toBe(true);
      expect(prompts.pointLabels?.data.every((label) => label === -1) ?? true).toBe(true);
      if (prompts.boxes) expect([...prompts.boxes.data]).toEqual([0, 0, 256, 256]);
    }
  });

  it('refuses NaN by name', () => {
    const { input, similarity } = drawn(4, square);
    similarity[7] = NaN;
    if (id === 'none') expect(() => priorOf(id).promptsFor(input)).not.toThrow();
    else expect(() => priorOf(id).promptsFor(input)).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });

  it('refuses options that it does not know', () => {
    expect(() => priorOf(id, { gridcells: 4 })).toThrow();
  });
});

describe('against plain loops', () => {
  it.each([
    ['threshold', { tau: 0.6 }],
    ['softLogits', { tau: 0.4, sharpness: 10 }],
  ])('%s', (id, options) => {
    fc.assert(
      fc.property(fc.integer(), shapes, (seed, shape) => {
        const one = drawn(seed, shape);
        const map = normalisedMap(one.similarity, one.grid);
        const expected = Array.from({ length: shape.side ** 2 }, (_, i) => {
          const value = map?.[i] ?? NaN;
          if (Number.isNaN(value)) return -PROMPT_LOGIT;
          if (id === 'threshold') return value >= options.tau ? PROMPT_LOGIT : -PROMPT_LOGIT;
          return Math.max(-PROMPT_LOGIT, Math.min(PROMPT_LOGIT, 10 * (value - options.tau)));
        });
        const mask = maskOf(priorOf(id, options), one);
        if (id === 'softLogits') expectClose(id, mask, expected, { atol: 1e-4, rtol: 0 });
        // Values within rounding of tau may fall on either side.
        else
          expect(expected.filter((value, i) => value !== mask[i] && Math.abs((map?.[i] ?? 0) - 0.6) > 1e-5)).toEqual(
            [],
          );
      }),
      { numRuns: 25 },
    );
  });

  it.each([2, 7, 16])('adaptive on %i cells a side', (gridCells) => {
    fc.assert(
      fc.property(fc.integer(), shapes, (seed, shape) => {
        const one = drawn(seed, shape);
        const means = [...cellMeans(one.similarity, one.grid, gridCells)].sort(([, a], [, b]) => b - a);
        const { cells } = priorOf('adaptive', { gridCells, minShare: 0, maxShare: 1 }).promptsFor(one.input);
        const values = means.map(([, value]) => value);
        if (Math.max(...values) - Math.min(...values) < 1e-4) return;
        const chosen = cells?.chosen ?? [];
        const cuts = values.slice(1).map((_, i) => varianceBetween(values, i + 1));
        // Cuts may part equally well: what counts is that no other one parts better.
        expect(varianceBetween(values, chosen.length)).toBeGreaterThan(0.9999 * Math.max(...cuts));
        const worst = Math.min(...chosen.map((cell) => new Map(means).get(cell) ?? -Infinity));
        expect(worst).toBeCloseTo(values[chosen.length - 1] ?? 0, 4);
      }),
      { numRuns: 15 },
    );
  });

  it('multiGrid', () => {
    fc.assert(
      fc.property(fc.integer(), shapes, (seed, shape) => {
        const one = drawn(seed, { ...shape, side: 32 });
        const grids = [4, 8, 16];
        const chosen = grids.map((gridCells) => {
          const prior = priorOf('topCells', { gridCells, topN: Math.round(0.2 * gridCells ** 2) });
          return new Set(prior.promptsFor(one.input).cells?.chosen);
        });
        const expected = Array.from({ length: 32 * 32 }, (_, i) => {
          const votes = grids.filter((gridCells, g) => chosen[g]?.has(cellOf(one.grid, gridCells, i))).length;
          return PROMPT_LOGIT * ((2 * votes) / 3 - 1);
        });
        expectClose('multiGrid', maskOf(priorOf('multiGrid', { grids, share: 0.2 }), one), expected, {
          atol: 1e-5,
          rtol: 0,
        });
      }),
      { numRuns: 25 },
    );
  });

  it('topCells never leaves a higher cell out', () => {
    fc.assert(
      fc.property(fc.integer(), shapes, fc.integer({ min: 2, max: 20 }), (seed, shape, gridCells) => {
        const one = drawn(seed, shape);
        const means = cellMeans(one.similarity, one.grid, gridCells);
        const chosen = new Set(priorOf('topCells', { gridCells, topN: 9 }).promptsFor(one.input).cells?.chosen);
        if (chosen.size === 0) return;
        const valuesOf = (wanted: boolean) =>
          [...means].filter(([cell]) => chosen.has(cell) === wanted).map(([, value]) => value);
        expect(chosen.size).toBe(Math.min(9, means.size));
        expect(Math.min(...valuesOf(true)) - Math.max(...valuesOf(false), -Infinity)).toBeGreaterThan(-1e-4);
      }),
      { numRuns: 25 },
    );
  });
});

describe('otsuCount', () => {
  it('parts two groups and never parts equal values', () => {
    expect(otsuCount(Float32Array.of(0, 0.1, 5, 0.2, 5.1))).toBe(2);
    expect(otsuCount(Float32Array.of(1, 1, 1, 0))).toBe(3);
    expect(otsuCount(Float32Array.of(1, 0))).toBe(1);
  });
});

/** Two bright blobs, the first one higher, and a dark corner. */
function blobs(): Drawn {
  const one = drawn(1, square);
  one.similarity.fill(0.2);
  for (let y = 2; y < 5; y++) one.similarity.fill(1, y * 16 + 3, y * 16 + 7);
  one.similarity[3 * 16 + 4] = 1.2;
  for (let y = 10; y < 12; y++) one.similarity.fill(0.9, y * 16 + 12, y * 16 + 14);
  one.similarity[15 * 16] = -1;
  return one;
}

describe('points', () => {
  it('lie on peaks apart from each other and in a valley, at the centres of tokens', () => {
    const { prompts } = priorOf('points', { positives: 2, negatives: 1, spacing: 5 }).promptsFor(blobs().input);
    expect([...prompts.pointLabels!.data]).toEqual([1, 1, 0]);
    const centre = (token: number): number => token * 16 + 7.5;
    expect([...prompts.points!.data]).toEqual([4, 3, 12, 10, 0, 15].map(centre));
  });

  it('are filled up to a fixed number with "no point"', () => {
    const { prompts } = priorOf('points', { positives: 5, negatives: 2, spacing: 20, tau: 0.9 }).promptsFor(
      blobs().input,
    );
    expect([...prompts.pointLabels!.data]).toEqual([1, -1, -1, -1, -1, 0, -1]);
  });

  it('never lie in the padding', () => {
    const one = drawn(1, { ...square, heightPx: 128 });
    one.similarity.fill(9, 8 * 16);
    const { prompts } = priorOf('points').promptsFor(one.input);
    prompts.points!.data.forEach((value, i) => i % 2 === 1 && expect(value).toBeLessThan(128));
  });

  it('come without a mask where SAM is to see none, and are at most seven', () => {
    expect(priorOf('points', { densePrompt: 'absent' }).promptsFor(blobs().input).prompts.mask).toBeUndefined();
    expect(() => priorOf('points', { positives: 5, negatives: 3 })).toThrow(/at most 7/);
  });
});

describe('box', () => {
  it('surrounds the region of the peak, or all of them', () => {
    const box = (options: object): number[] => [
      ...priorOf('box', { tau: 0.6, margin: 0, ...options }).promptsFor(blobs().input).prompts.boxes!.data,
    ];
    expect(box({})).toEqual([48, 32, 112, 80]);
    expect(box({ extent: 'all' })).toEqual([48, 32, 224, 192]);
    expect(box({ margin: 0.5 })).toEqual([16, 8, 144, 104]);
  });

  it('has corners in order and stays in the image', () => {
    fc.assert(
      fc.property(fc.integer(), shapes, (seed, shape) => {
        const { input } = drawn(seed, shape);
        const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = priorOf('box').promptsFor(input).prompts.boxes!.data;
        expect(x0).toBeLessThan(x1);
        expect(y0).toBeLessThan(y1);
        expect(x1).toBeLessThanOrEqual(input.frame.contentWidthPx);
        expect(y1).toBeLessThanOrEqual(input.frame.contentHeightPx);
      }),
    );
  });
});

describe('in the padding', () => {
  it.each(['topCells', 'threshold', 'adaptive', 'softLogits', 'multiGrid'])('%s is outside', (id) => {
    const one = drawn(8, { ...square, widthPx: 100 });
    const mask = maskOf(priorOf(id), one);
    const wrong = mask.filter((value, i) => value > 0 && !isInside(one.grid, Math.floor(i / 64), i % 64));
    expect(wrong.length).toBe(0);
    expect(mask.some((value) => value > 0)).toBe(true);
  });
});
