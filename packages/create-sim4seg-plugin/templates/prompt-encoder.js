import { Sim4SegError, definePlugin, expectNotAborted, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  embeddingChannels: z.int().positive().default(32),
  embeddingSide: z.int().positive().default(16),
  promptSide: z.int().positive().default(64),
  inputSidePx: z.int().positive().default(256),
});

/** Every channel of the dense map is the prompt mask, read at the middle of each cell. */
const denseOf = (prompts, { embeddingChannels: channels, embeddingSide: side, promptSide }) => {
  const at = (cell) => Math.floor(((cell + 0.5) * promptSide) / side);
  const data = new Float32Array(prompts.length * channels * side * side);
  return data.map((_, i) => {
    const { mask } = prompts[Math.floor(i / (channels * side * side))];
    return mask === undefined ? 0 : mask.data[at(Math.floor(i / side) % side) * promptSide + at(i % side)];
  });
};

const encode = async ({ prompts, text }, { signal }, sizes) => {
  expectNotAborted(signal);
  if (prompts.some(({ points, boxes }) => points !== undefined || boxes !== undefined)) {
    const must = 'This prompt encoder takes masks and text';
    throw new Sim4SegError('WIRING', { must, got: 'points or boxes', fix: 'choose a region prior that gives masks' });
  }
  const { embeddingChannels: channels, embeddingSide: side } = sizes;
  const noTokens = { data: new Float32Array(0), shape: [prompts.length, 0, channels] };
  return {
    sparse: text ?? noTokens,
    dense: { data: denseOf(prompts, sizes), shape: [prompts.length, channels, side, side] },
  };
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.promptEncoder,
  optionsSchema,
  create: ({ options }) => ({ sizes: options, encode: (input, call) => encode(input, call, options) }),
});
