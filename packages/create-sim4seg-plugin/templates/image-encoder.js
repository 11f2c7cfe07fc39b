import { UNIT_NORMALISATION, definePlugin, expectNotAborted, prepareImage, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  inputSidePx: z.int().positive().default(256),
  embeddingChannels: z.int().positive().default(32),
  embeddingSide: z.int().positive().default(16),
});

/** Mean of a square cell of one colour plane: float32[3, side, side]; model frame. */
const cellMean = ({ pixels, sidePx }, { plane, row, column, cellPx }) => {
  let sum = 0;
  for (let y = row * cellPx; y < (row + 1) * cellPx; y++)
    for (let x = column * cellPx; x < (column + 1) * cellPx; x++) sum += pixels[(plane * sidePx + y) * sidePx + x];
  return sum / (cellPx * cellPx);
};

/** float32[D, h, w]; channel d is the mean of colour d % 3. */
const embed = (prepared, { inputSidePx: sidePx, embeddingChannels: channels, embeddingSide: side }) => {
  const cellPx = Math.floor(sidePx / side);
  const planes = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [plane, row, column] = [Math.floor(i / (side * side)), Math.floor(i / side) % side, i % side];
    return cellMean({ pixels: prepared.pixels, sidePx }, { plane, row, column, cellPx });
  });
  return Float32Array.from({ length: channels * side * side }, (_, i) => planes[i % planes.length]);
};

const encode = async (image, { signal }, options) => {
  expectNotAborted(signal);
  const prepared = prepareImage(image, { sidePx: options.inputSidePx, normalisation: UNIT_NORMALISATION });
  const { embeddingChannels, embeddingSide } = options;
  const shape = [1, embeddingChannels, embeddingSide, embeddingSide];
  return { embedding: { data: embed(prepared, options), shape }, named: {}, frame: prepared.frame };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.imageEncoder,
  optionsSchema,
  create: ({ options }) => ({
    sizes: { ...options, named: {} },
    encode: (image, call) => encode(image, call, options),
  }),
});
