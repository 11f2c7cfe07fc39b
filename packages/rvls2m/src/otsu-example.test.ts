import { fileURLToPath } from 'node:url';
import { createModelFrame } from '@sim4seg/core';
import type { PluginDefinition, RegionPrior } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';

const path = fileURLToPath(new URL('../../../examples/plugin-otsu-prior/index.js', import.meta.url));
const { otsuPlugin, otsuThreshold } = (await import(path)) as {
  otsuPlugin: PluginDefinition<RegionPrior>;
  otsuThreshold: (values: Float32Array, bins: number) => number;
};

describe('examples/plugin-otsu-prior', () => {
  it('parts two groups', () => {
    const threshold = otsuThreshold(Float32Array.of(0, 0.1, 0.2, 5, 5.1, 5.2), 64);
    expect(threshold).toBeGreaterThan(0.2);
    expect(threshold).toBeLessThanOrEqual(5);
    expect(otsuThreshold(new Float32Array(4).fill(2), 64)).toBe(Infinity);
  });

  it('is a plugin that marks the similar tokens of the image and none in the padding', async () => {
    const prior = await otsuPlugin.create({ needs: {}, options: otsuPlugin.optionsSchema.parse({}) });
    const similarity = new Float32Array(256).map((_, token) => (token < 32 || token >= 128 ? 3 : 0.01 * (token % 7)));
    const { prompts } = prior.promptsFor({
      imageTokens: { data: similarity, shape: [256, 1] },
      segEmbedding: Float32Array.of(1),
      tokenRows: 16,
      tokenColumns: 16,
      frame: createModelFrame({ widthPx: 200, heightPx: 100 }, 256),
      promptSide: 64,
      variant: 0,
    });
    const rows = Array.from({ length: 64 }, (_, y) => prompts.mask!.data.slice(y * 64, (y + 1) * 64));
    expect(rows.map((row) => row.every((value) => value > 0))).toEqual(rows.map((_, y) => y < 8));
  });
});
