// An Lvlm that is a service: text alone, no seg embeddings, no engine. And a prior that works without them.
import { definePlugin, expectNotAborted, services, toRgbU8 } from '@sim4seg/core';
import { encodePng } from '@sim4seg/data';
import { z } from 'zod';
import { streamChat } from './chat.js';

const SYSTEM =
  'You describe medical images for research. Say first whether the target is there (Yes or No), then what you see, then ' +
  'one sentence "The diagnosis is ...". You give no medical advice.';

const optionsSchema = z.strictObject({
  /** Address of an OpenAI-compatible API, up to and with its version. */
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.openai.com/v1'),
  model: z.string().min(1).default('gpt-4o-mini'),
  /** Name of the environment variable that holds the key; the key itself stands in no config and no record. */
  apiKeyEnv: z.string().min(1).default('OPENAI_API_KEY'),
  system: z.string().min(1).default(SYSTEM),
});

/** @param {import('@sim4seg/core').MedicalImage} image */
async function toDataUrl(image) {
  const { data, widthPx, heightPx } = toRgbU8(image);
  const png = await encodePng({ data, widthPx, heightPx, channels: 3 });
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** One path; path 0 is greedy, and a path does not know how many others there are. */
async function samplePath({ options, messages, index, asked }) {
  const { seed, temperature, topP, maxTokens, signal, onToken } = asked;
  const { text, logProbs, finish } = await streamChat({
    baseUrl: options.baseUrl,
    key: process.env[options.apiKeyEnv],
    body: {
      model: options.model,
      messages,
      max_tokens: maxTokens,
      temperature: index === 0 ? 0 : temperature,
      top_p: index === 0 ? 1 : topP,
      seed: index === 0 ? 0 : seed + index,
      logprobs: true,
    },
    signal,
    onText: (piece) => onToken?.({ path: index, text: piece }),
  });
  return {
    index,
    text,
    // A service tells no ids of its vocabulary.
    tokenIds: logProbs.map(() => -1),
    tokenLogProbs: Float32Array.from(logProbs),
    segEmbeddings: null,
    presentProb: null,
    finish,
  };
}

/** @returns {import('@sim4seg/core').Lvlm} */
function createRemoteLvlm(options) {
  return {
    capabilities: { segEmbeddings: false, imageFeatures: null },
    // No tokens of the image leave the service.
    sizes: { projectedDim: 1, tokenRows: 1, tokenColumns: 1 },
    async prefill({ image, question, signal }) {
      expectNotAborted(signal);
      const content = [
        { type: 'text', text: question },
        { type: 'image_url', image_url: { url: await toDataUrl(image) } },
      ];
      const messages = [
        { role: 'system', content: options.system },
        { role: 'user', content },
      ];
      return { imageTokens: null, frame: null, state: messages };
    },
    sample: ({ state }, asked) =>
      Promise.all(
        Array.from({ length: asked.paths }, (_, index) => samplePath({ options, messages: state, index, asked })),
      ),
  };
}

export const openaiLvlm = definePlugin({
  id: 'openai',
  contractVersion: '1',
  needs: {},
  provides: services.lvlm,
  optionsSchema,
  create: ({ options }) => createRemoteLvlm(options),
});

/** The decoder is prompted with the image's own border: it segments what stands out. */
export const wholeImageBox = definePlugin({
  id: 'whole-image-box',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: z.strictObject({}),
  create: () => ({
    capabilities: { needsSegEmbeddings: false },
    promptsFor: ({ frame }) => ({
      prompts: { boxes: { data: Float32Array.of(0, 0, frame.contentWidthPx, frame.contentHeightPx), shape: [1, 4] } },
      similarity: null,
      cells: null,
    }),
  }),
});
