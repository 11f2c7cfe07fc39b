// A region prior of one's own: the tokens above Otsu's threshold of the similarity map.
import { definePlugin, expectFinite, services } from '@sim4seg/core';
import { z } from 'zod';

/** @typedef {import('@sim4seg/core').RegionPriorInput} RegionPriorInput */
/** @typedef {import('@sim4seg/core').RegionPriorOutput} RegionPriorOutput */

/** Prompt masks are logits: sure inside, sure outside. */
const INSIDE = 4;

const optionsSchema = z.strictObject({
  /** Bins of the histogram that Otsu's method cuts. */
  bins: z.number().int().min(2).max(1024).default(64),
});

/**
 * Dot product of each image token with the seg embedding.
 * @param {Float32Array} imageTokens float32[T,D]; token grid
 * @param {Float32Array} segEmbedding float32[D]
 * @returns {Float32Array} float32[T]
 */
function similarityOf(imageTokens, segEmbedding) {
  const width = segEmbedding.length;
  return Float32Array.from({ length: imageTokens.length / width }, (_, token) =>
    segEmbedding.reduce((sum, value, i) => sum + value * imageTokens[token * width + i], 0),
  );
}

/**
 * The value that parts `values` into two groups whose means differ most (variance between the groups).
 * @param {Float32Array} values
 * @param {number} bins
 * @returns {number}
 */
export function otsuThreshold(values, bins) {
  const low = Math.min(...values);
  const step = (Math.max(...values) - low) / bins;
  if (step === 0) return Infinity; // A constant map has no region.
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / step))]++;
  const total = counts.reduce((sum, count, bin) => sum + count * bin, 0);
  let [best, threshold, below, sumBelow] = [-1, 0, 0, 0];
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    sumBelow += counts[bin] * bin;
    const above = values.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best) [best, threshold] = [between, low + (bin + 1) * step];
  }
  return threshold;
}

/**
 * @param {RegionPriorInput} input
 * @param {number} bins
 * @returns {RegionPriorOutput}
 */
function promptsFor(input, bins) {
  const { imageTokens, segEmbedding, tokenRows, tokenColumns, promptSide, frame } = input;
  if (!imageTokens || !segEmbedding) throw new Error('the prior otsu needs image tokens and a seg embedding');
  const similarity = similarityOf(imageTokens.data, segEmbedding);
  expectFinite('similarity', similarity);
  const inImage = (row, column) =>
    (row + 0.5) * frame.sidePx < frame.contentHeightPx * tokenRows &&
    (column + 0.5) * frame.sidePx < frame.contentWidthPx * tokenColumns;
  const seen = similarity.filter((_, token) => inImage(Math.floor(token / tokenColumns), token % tokenColumns));
  const threshold = seen.length > 0 ? otsuThreshold(seen, bins) : Infinity;
  const mask = new Float32Array(promptSide * promptSide).map((_, i) => {
    const row = Math.floor((Math.floor(i / promptSide) * tokenRows) / promptSide);
    const column = Math.floor(((i % promptSide) * tokenColumns) / promptSide);
    return inImage(row, column) && similarity[row * tokenColumns + column] >= threshold ? INSIDE : -INSIDE;
  });
  return {
    prompts: { mask: { data: mask, shape: [1, 1, promptSide, promptSide] } },
    similarity: { data: similarity, shape: [tokenRows, tokenColumns] },
    cells: null,
  };
}

export const otsuPlugin = definePlugin({
  id: 'otsu',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema,
  create: ({ options }) => ({
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => promptsFor(input, options.bins),
  }),
});
