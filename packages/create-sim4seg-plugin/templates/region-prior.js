import { definePlugin, expectFinite, services } from '@sim4seg/core';
import { z } from 'zod';

/** Prompt masks are logits: this much inside, its opposite outside. */
const INSIDE = 4;

const optionsSchema = z.strictObject({ share: z.number().gt(0).lt(1).default(0.6) });

/** Dot product of each image token with the seg embedding: float32[T]; token grid. */
const similarityOf = (imageTokens, segEmbedding) => {
  const [tokens, width] = imageTokens.shape;
  return Float32Array.from({ length: tokens }, (_, t) => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += imageTokens.data[t * width + d] * segEmbedding[d];
    return sum;
  });
};

const promptsFor = (input, share) => {
  const { tokenRows, tokenColumns, promptSide } = input;
  const similarity = similarityOf(input.imageTokens, input.segEmbedding);
  expectFinite('similarity', similarity);
  const low = Math.min(...similarity);
  const limit = low + share * (Math.max(...similarity) - low);
  const mask = new Float32Array(promptSide * promptSide);
  for (let y = 0; y < promptSide; y++)
    for (let x = 0; x < promptSide; x++) {
      const row = Math.floor((y * tokenRows) / promptSide);
      const column = Math.floor((x * tokenColumns) / promptSide);
      mask[y * promptSide + x] = similarity[row * tokenColumns + column] >= limit ? INSIDE : -INSIDE;
    }
  return {
    prompts: { mask: { data: mask, shape: [1, 1, promptSide, promptSide] } },
    similarity: { data: similarity, shape: [tokenRows, tokenColumns] },
    cells: null,
  };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema,
  create: ({ options }) => ({
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => promptsFor(input, options.share),
  }),
});
