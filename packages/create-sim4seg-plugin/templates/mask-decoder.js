import { definePlugin, expectNotAborted, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  embeddingChannels: z.int().positive().default(32),
  embeddingSide: z.int().positive().default(16),
  /** Logits are the dense prompt times this. */
  gain: z.number().positive().default(4),
});

/** Pixels of the mask along a cell of the embedding. */
const SCALE = 4;

/** float32[B, 1, 4h, 4w]: the first channel of the dense prompt, each cell as a square. */
const logitsOf = ({ data, shape: [rows] }, { embeddingChannels: channels, embeddingSide: side, gain }) => {
  const lowResSide = SCALE * side;
  return new Float32Array(rows * lowResSide * lowResSide).map((_, i) => {
    const row = Math.floor(i / (lowResSide * lowResSide));
    const [y, x] = [
      Math.floor((Math.floor(i / lowResSide) % lowResSide) / SCALE),
      Math.floor((i % lowResSide) / SCALE),
    ];
    return gain * data[(row * channels * side + y) * side + x];
  });
};

const decode = async ({ prompts }, { signal }, options) => {
  expectNotAborted(signal);
  const [rows] = prompts.dense.shape;
  const lowResSide = SCALE * options.embeddingSide;
  return {
    lowResLogits: { data: logitsOf(prompts.dense, options), shape: [rows, 1, lowResSide, lowResSide] },
    predictedIou: { data: new Float32Array(rows).fill(0.5), shape: [rows, 1] },
    presenceLogits: null,
  };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.maskDecoder,
  optionsSchema,
  create: ({ options }) => {
    const { embeddingChannels, embeddingSide } = options;
    const lowResSide = SCALE * embeddingSide;
    return {
      sizes: { embeddingChannels, embeddingSide, lowResSide, masksPerPrompt: 1, features: [] },
      decode: (input, call) => decode(input, call, options),
    };
  },
});
