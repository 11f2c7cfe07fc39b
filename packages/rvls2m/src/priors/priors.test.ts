import { createModelFrame, createRandom } from '@sim4seg/core';
import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noPriorPlugin, thresholdPlugin, topCellsPlugin } from '../plugin.js';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { createNoPrior } from './no-prior.js';
import { createThreshold } from './threshold.js';
import { createTopCells } from './top-cells.js';
import { topNOfVariant } from './variants.js';

const topCells = (options: object = {}): RegionPrior => createTopCells(topCellsPlugin.optionsSchema.parse(options));
const threshold = (options: object = {}): RegionPrior => createThreshold(thresholdPlugin.optionsSchema.parse(options));

/** An input whose similarity is the given map: tokens of width one. */
function inputOf(similarity: Float32Array, size = { widthPx: 256, heightPx: 256 }, variant = 0): RegionPriorInput {
  const tokenRows = Math.sqrt(similarity.length);
  return {
    imageTokens: { data: similarity, shape: [similarity.length, 1] },
    segEmbedding: Float32Array.of(1),
    tokenRows,
    tokenColumns: tokenRows,
    frame: createModelFrame(size, 256),
    promptSide: 64,
    variant,
  };
}

function noise(seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: 256 }, () => random.normal());
}

const maskOf = (prior: RegionPrior, input: RegionPriorInput): Float32Array =>
  prior.promptsFor(input).prompts.mask?.data ?? new Float32Array(0);
const inside = (mask: Float32Array): number => mask.filter((value) => value > 0).length;

describe('topCells', () => {
  it('paints the configured number of cells as logits', () => {
    const output = topCells().promptsFor(inputOf(noise(1)));
    expect(output.cells?.chosen).toHaveLength(36);
    expect(new Set(output.prompts.mask?.data)).toEqual(new Set([PROMPT_LOGIT, -PROMPT_LOGIT]));
    expect(inside(output.prompts.mask?.data ?? new Float32Array(0))).toBe(36 * 16);
  });

  it('finds the region where the similarity is high', () => {
    const similarity = new Float32Array(256);
    for (let y = 4; y < 8; y++) similarity.fill(1, y * 16 + 8, y * 16 + 12);
    const { cells } = topCells({ topN: 16 }).promptsFor(inputOf(similarity));
    const expected = [4, 5, 6, 7].flatMap((y) => [8, 9, 10, 11].map((x) => y * 16 + x));
    expect([...(cells?.chosen ?? [])].sort((a, b) => a - b)).toEqual(expected);
  });

  it('gives another mask with another grid or another number of cells', () => {
    const input = inputOf(noise(2));
    expect(maskOf(topCells({ gridCells: 32 }), input)).not.toEqual(maskOf(topCells(), input));
    expect(inside(maskOf(topCells({ topN: 24 }), input))).toBe(24 * 16);
  });

  it('keeps nothing where the similarity is constant, in both forms finite', () => {
    for (const value of [0, 0.3, -7]) {
      const input = inputOf(new Float32Array(256).fill(value));
      expect(topCells().promptsFor(input).cells?.chosen).toEqual([]);
      expect(inside(maskOf(topCells(), input))).toBe(0);
      expect(maskOf(topCells({ compat: 'official' }), input).every(Number.isFinite)).toBe(true);
      expect(inside(maskOf(threshold(), input))).toBe(0);
    }
  });

  it('never chooses a cell in the padding', () => {
    const similarity = new Float32Array(256).map((_, i) => i);
    const wide = inputOf(similarity, { widthPx: 400, heightPx: 100 });
    const { cells, prompts } = topCells().promptsFor(wide);
    expect(cells?.chosen.every((cell) => cell < 4 * 16)).toBe(true);
    expect(inside((prompts.mask?.data ?? new Float32Array(0)).slice(16 * 64))).toBe(0);
  });

  it('survives strips that fill less than half a token', () => {
    const { cells } = topCells().promptsFor(inputOf(noise(3), { widthPx: 1000, heightPx: 3 }));
    expect(cells?.chosen).toHaveLength(16);
  });

  it('has further variants of its own that keep fewer or more cells', () => {
    expect([0, 1, 2, 3].map((variant) => topNOfVariant(36, variant))).toEqual([36, 24, 48, 18]);
    const sizes = [0, 1, 2].map((variant) => inside(maskOf(topCells(), inputOf(noise(4), undefined, variant))));
    expect(new Set(sizes).size).toBe(3);
  });

  it('does not care for scale and shift of the similarity', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (seed, scale, shift) => {
          const similarity = noise(seed);
          const changed = similarity.map((value) => value * scale + shift);
          const cells = (map: Float32Array) => new Set(topCells().promptsFor(inputOf(map)).cells?.chosen);
          const [before, after] = [cells(similarity), cells(changed)];
          expect([...before].filter((cell) => after.has(cell)).length).toBeGreaterThanOrEqual(35);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says what is missing', () => {
    const input = inputOf(noise(5));
    expect(() => topCells().promptsFor({ ...input, segEmbedding: null })).toThrow(/no seg embedding/);
    expect(() => topCells().promptsFor({ ...input, tokenRows: 4 })).toThrow(/shape/);
    const broken = inputOf(noise(5).fill(NaN, 0, 1));
    expect(() => topCells().promptsFor(broken)).toThrow(/finite/);
  });
});

describe('threshold', () => {
  it('keeps less with a higher tau', () => {
    const areas = [0.2, 0.5, 0.8].map((tau) => inside(maskOf(threshold({ tau }), inputOf(noise(6)))));
    expect(areas).toEqual([...areas].sort((a, b) => b - a));
    expect(new Set(areas).size).toBe(3);
  });

  it('measures the range inside the image only', () => {
    const similarity = new Float32Array(256).map((_, i) => (i < 128 ? i % 2 : 1000));
    const mask = maskOf(threshold(), inputOf(similarity, { widthPx: 200, heightPx: 80 }));
    expect(inside(mask)).toBeGreaterThan(0);
    expect(inside(mask.slice(32 * 64))).toBe(0);
  });
});

describe('none', () => {
  it('is undecided everywhere, with or without an LVLM that gives embeddings', () => {
    const input = inputOf(noise(7));
    expect(maskOf(createNoPrior(), input).every((value) => value === 0)).toBe(true);
    expect(createNoPrior().promptsFor({ ...input, imageTokens: null, segEmbedding: null }).similarity).toBeNull();
    expect(noPriorPlugin.create({ needs: {}, options: noPriorPlugin.optionsSchema.parse({}) })).toBeDefined();
  });
});

describe('options', () => {
  it('refuses unknown keys and impossible numbers', () => {
    expect(topCellsPlugin.optionsSchema.safeParse({ gridcells: 8 }).success).toBe(false);
    expect(topCellsPlugin.optionsSchema.safeParse({ topN: 0 }).success).toBe(false);
    expect(thresholdPlugin.optionsSchema.safeParse({ tau: 1 }).success).toBe(false);
  });

  it('trains with the corrected form only', () => {
    const official = topCellsPlugin.optionsSchema.parse({ compat: 'official' });
    expect(() => topCellsPlugin.trainable?.(official)).toThrow(/corrected form/);
  });
});
