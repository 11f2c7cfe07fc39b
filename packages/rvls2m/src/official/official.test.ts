import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createModelFrame, createRandom } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { topCellsPlugin } from '../plugin.js';
import { createTopCells } from '../priors/top-cells.js';
import { normaliseSimilarity, officialCellMeans, officialCells, officialPromptMask } from './official-prompts.js';

const random = createRandom(11);
const similarity = Float32Array.from({ length: 256 }, () => random.normal());

describe('the official form', () => {
  it('leaves border pixels in no cell and stretches the cells over the square, which the default does not', () => {
    const frame = createModelFrame({ widthPx: 320, heightPx: 192 }, 256);
    const input = {
      imageTokens: { data: similarity, shape: [256, 1] },
      segEmbedding: Float32Array.of(1),
      tokenRows: 16,
      tokenColumns: 16,
      frame,
      promptSide: 64,
      variant: 0,
    };
    const prior = (compat: string) => createTopCells(topCellsPlugin.optionsSchema.parse({ compat })).promptsFor(input);
    const [official, corrected] = [prior('official'), prior('corrected')];
    const rowsBelow = (mask: Float32Array) => mask.slice(40 * 64).filter((value) => value > 0).length;
    expect(new Set(official.prompts.mask!.data)).toEqual(new Set([0, 1]));
    expect(official.cells?.over).toBe('content');
    expect(rowsBelow(official.prompts.mask!.data)).toBeGreaterThan(0);
    expect(rowsBelow(corrected.prompts.mask!.data)).toBe(0);
  });

  it('keeps row-major order among equal cells', () => {
    expect(officialCells(Float32Array.of(0, 1, 1, 0, 1), 2)).toEqual([1, 2]);
    expect(officialCells(new Float32Array(9), 3)).toEqual([0, 1, 2]);
  });

  it('maps the range to 0..1 and a constant to 0', () => {
    const normalised = normaliseSimilarity(similarity);
    expect([Math.min(...normalised), Math.max(...normalised)]).toEqual([0, 1]);
    expect([...normaliseSimilarity(new Float32Array(4).fill(3))]).toEqual([0, 0, 0, 0]);
  });

  it('refuses an image with fewer pixels than cells', () => {
    expect(() => officialCellMeans(similarity, { widthPx: 8, heightPx: 90 }, 16)).toThrow(/at least one pixel/);
  });

  it('paints whole cells', () => {
    const mask = officialPromptMask([0, 17], 16, 64);
    expect(mask.filter((value) => value === 1).length).toBe(2 * 16);
    expect([mask[0], mask[4], mask[4 * 64 + 4]]).toEqual([1, 0, 1]);
  });

  it('has a decision for each deviation that the code cites', () => {
    const folder = fileURLToPath(new URL('../../../../docs/adr/', import.meta.url));
    const numbers = readdirSync(folder).map((file) => file.slice(0, 4));
    for (const cited of ['0020', '0021', '0022', '0023', '0024', '0025']) expect(numbers).toContain(cited);
  });
});
