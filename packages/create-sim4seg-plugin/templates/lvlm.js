import { definePlugin, expectNotAborted, services, toRgbU8 } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** Mean brightness, 0 to 255, from which something is said to be there. */
  brightFrom: z.number().min(0).max(255).default(100),
});

/** The words of one path. A service is asked here; without seg embeddings the mask comes from a prior that needs none. */
const wordsOf = ({ image }, { brightFrom }) => {
  const { data } = toRgbU8(image);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const answer = mean >= brightFrom ? 'Yes, there is something bright.' : 'No, there is nothing bright.';
  return answer.split(/(?<= )/);
};

const speak = async (words, index, { maxTokens, signal, onToken }) => {
  const said = words.slice(0, maxTokens);
  for (const text of said) {
    expectNotAborted(signal);
    onToken?.({ path: index, text });
    await Promise.resolve();
  }
  return {
    index,
    text: said.join(''),
    tokenIds: said.map((_, i) => i),
    tokenLogProbs: new Float32Array(said.length),
    segEmbeddings: null,
    presentProb: null,
    finish: said.length < words.length ? 'length' : 'stop',
  };
};

const prefill = async ({ image, question, signal }) => {
  expectNotAborted(signal);
  return { imageTokens: null, frame: null, state: { image, question } };
};

const sample = async ({ state }, options, settings) => {
  expectNotAborted(options.signal);
  const words = wordsOf(state, settings);
  return Promise.all(Array.from({ length: options.paths }, (_, index) => speak(words, index, options)));
};

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.lvlm,
  optionsSchema,
  create: ({ options }) => ({
    capabilities: { segEmbeddings: false, imageFeatures: null },
    sizes: { projectedDim: 1, tokenRows: 1, tokenColumns: 1 },
    prefill,
    sample: (prefix, call) => sample(prefix, call, options),
  }),
});
