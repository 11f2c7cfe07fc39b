import { services } from '@sim4seg/core';
import type { ImageEncoder, Lvlm, MaskDecoder, PromptEncoder, RegionPrior } from '@sim4seg/core';
import { fakeLvlm } from '../fakes/fake-lvlm.js';
import { fakeImageEncoder, fakeMaskDecoder, fakePromptEncoder, fakeRegionPrior } from '../fakes/fake-segmenter.js';
import { zeros } from '../fakes/small-world.js';
import { describeTeeth, leakTimer } from '../../test/describe-teeth.js';

const fake = {
  prior: fakeRegionPrior,
  encoder: fakeImageEncoder,
  prompts: fakePromptEncoder,
  decoder: fakeMaskDecoder,
};

describeTeeth<RegionPrior>('region-prior', services.regionPrior, fake.prior, {
  'a mask without its batch axis': {
    breaks: ['shapes', 'without seg embeddings'],
    got: /prompts\.mask has the shape \[1, 1, 64, 64\], got \[64, 64\]/,
    make: (good) => ({
      ...good,
      promptsFor: (input) => ({ ...good.promptsFor(input), prompts: { mask: zeros(64, 64) } }),
    }),
  },
  'constant maps divided by their range': {
    breaks: ['constant input'],
    got: /prompts\.mask\.data\.0 is NaN/,
    make: (good) => ({
      ...good,
      promptsFor: (input) => {
        const tokens = input.imageTokens?.data ?? Float32Array.of(0, 1);
        const range = Math.max(...tokens) - Math.min(...tokens);
        const output = good.promptsFor(input);
        output.prompts.mask?.data.fill((range / range) * 4);
        return output;
      },
    }),
  },
  'points outside the frame': {
    breaks: ['ranges'],
    got: /a point is 999, not 0 to 256/,
    make: (good) => ({
      ...good,
      promptsFor: (input) => {
        const points = { data: Float32Array.of(999, 1), shape: [1, 1, 2] };
        return {
          ...good.promptsFor(input),
          prompts: { points, pointLabels: { data: Int32Array.of(1), shape: [1, 1] } },
        };
      },
    }),
  },
  'tokens normalised in place': {
    breaks: ['purity'],
    got: /the input was changed: imageTokens\.data\.0/,
    make: (good) => ({
      ...good,
      promptsFor: (input) => (input.imageTokens?.data.forEach((v, i, all) => (all[i] = v / 2)), good.promptsFor(input)),
    }),
  },
  'state between calls': {
    breaks: ['determinism'],
    got: /gave another answer: prompts\.mask/,
    make: (good, calls = { count: 0 }) => ({
      ...good,
      promptsFor: (input) => {
        const output = good.promptsFor(input);
        output.prompts.mask?.data.fill(++calls.count);
        return output;
      },
    }),
  },
  'every input kept': {
    breaks: ['leaks'],
    got: /12 of 12 inputs still in memory/,
    make: (good, kept: unknown[] = []) => ({
      ...good,
      promptsFor: (input) => (kept.push(input), good.promptsFor(input)),
    }),
  },
  'a timer a call': {
    breaks: ['leaks'],
    got: /x Timeout more after 12 calls/,
    make: (good) => ({ ...good, promptsFor: (input) => (leakTimer(), good.promptsFor(input)) }),
  },
});

describeTeeth<ImageEncoder>('image-encoder', services.imageEncoder, fake.encoder, {
  'features without a batch axis': {
    breaks: ['shapes'],
    got: /embedding has the shape \[1, 2, 2, 2\], got \[2, 2, 2\]/,
    make: (good) => ({
      ...good,
      encode: async (...args) => ({ ...(await good.encode(...args)), embedding: zeros(2, 2, 2) }),
    }),
  },
  'NaN on a constant image': {
    breaks: ['constant input'],
    got: /embedding\.data\.0 is NaN/,
    make: (good) => ({
      ...good,
      encode: async (image, options) => {
        const features = await good.encode(image, options);
        const range = Math.max(...image.data) - Math.min(...image.data);
        if (image.heightPx > 1) features.embedding.data.fill(range / range);
        return features;
      },
    }),
  },
  '8-bit images assumed': {
    breaks: ['finite'],
    got: /embedding\.data\.0 is (NaN|Infinity)/,
    make: (good) => ({
      ...good,
      encode: async (image, options) => {
        const features = await good.encode(image, options);
        if (image.dtype === 'uint16') features.embedding.data.fill(Number.POSITIVE_INFINITY);
        return features;
      },
    }),
  },
  'the signal is not read': {
    breaks: ['abort'],
    got: /an answer in spite of an aborted signal/,
    make: (good) => ({ ...good, encode: (image) => good.encode(image, { signal: undefined }) }),
  },
  'abort listeners stay': {
    breaks: ['leaks'],
    got: /abort listeners after 12 calls/,
    make: (good) => ({
      ...good,
      encode: (image, { signal }) => (
        signal?.addEventListener('abort', () => undefined),
        good.encode(image, { signal })
      ),
    }),
  },
  'chance in the features': {
    breaks: ['determinism'],
    got: /gave another answer: embedding/,
    make: (good) => ({
      ...good,
      encode: async (...args) => {
        const features = await good.encode(...args);
        features.embedding.data.fill(Math.random() + 1);
        return features;
      },
    }),
  },
  'a frame of another image': {
    breaks: ['ranges'],
    got: /the frame is of an image of 1 x 1/,
    make: (good) => ({
      ...good,
      encode: async (...args) => {
        const features = await good.encode(...args);
        return { ...features, frame: { ...features.frame, originalWidthPx: 1, originalHeightPx: 1 } };
      },
    }),
  },
});

describeTeeth<PromptEncoder>('prompt-encoder', services.promptEncoder, fake.prompts, {
  'a batch of one whatever came': {
    breaks: ['shapes'],
    got: /dense has the shape \[2, 2, 2, 2\], got \[1, 2, 2, 2\]/,
    make: (good) => ({
      ...good,
      encode: async (...args) => ({ ...(await good.encode(...args)), dense: zeros(1, 2, 2, 2) }),
    }),
  },
  'rows that see each other': {
    breaks: ['batch rows'],
    got: /row 0 differs in a batch of two: dense/,
    make: (good) => ({
      ...good,
      encode: async (...args) => {
        const encoded = await good.encode(...args);
        encoded.dense.data.fill(args[0].prompts.length);
        return encoded;
      },
    }),
  },
  'NaN on a constant mask': {
    breaks: ['constant input'],
    got: /dense\.data\.0 is NaN/,
    make: (good) => ({
      ...good,
      encode: async (input, options) => {
        const encoded = await good.encode(input, options);
        const mask = input.prompts[0]?.mask?.data ?? Float32Array.of(1, 2);
        if (mask[0] !== 0 && mask.every((value) => value === mask[0])) encoded.dense.data.fill(Number.NaN);
        return encoded;
      },
    }),
  },
  'the signal is not read': {
    breaks: ['abort'],
    got: /in spite of an aborted signal/,
    make: (good) => ({ ...good, encode: (input) => good.encode(input, { signal: undefined }) }),
  },
  'one array for all answers': {
    breaks: ['purity'],
    got: /the next call changed this answer: dense/,
    make: (good, shared = zeros(2, 2, 2, 2)) => ({
      ...good,
      encode: async (...args) => {
        const encoded = await good.encode(...args);
        if (encoded.dense.shape[0] !== 2) return encoded;
        shared.data.set(encoded.dense.data);
        return { ...encoded, dense: shared };
      },
    }),
  },
  'a timer a call': {
    breaks: ['leaks'],
    got: /x Timeout/,
    make: (good) => ({ ...good, encode: (...args) => (leakTimer(), good.encode(...args)) }),
  },
});

describeTeeth<MaskDecoder>('mask-decoder', services.maskDecoder, fake.decoder, {
  'one mask of the declared two': {
    breaks: ['shapes', 'batch rows'],
    got: /lowResLogits has the shape \[2, 2, 8, 8\], got \[2, 1, 8, 8\]/,
    make: (good) => ({
      ...good,
      decode: async (input, options) => {
        const rows = input.prompts.dense.shape[0] ?? 0;
        const masks = await good.decode(input, options);
        return rows === 2 ? { ...masks, lowResLogits: zeros(2, 1, 8, 8) } : masks;
      },
    }),
  },
  'NaN logits': {
    breaks: ['finite'],
    got: /lowResLogits\.data\.3 is NaN/,
    make: (good) => ({
      ...good,
      decode: async (input, options) => {
        const masks = await good.decode(input, options);
        masks.lowResLogits.data[3] = Number.NaN;
        return masks;
      },
    }),
  },
  'the signal is not read': {
    breaks: ['abort'],
    got: /in spite of an aborted signal/,
    make: (good) => ({ ...good, decode: (input) => good.decode(input, { signal: undefined }) }),
  },
  'prompts changed in place': {
    breaks: ['purity'],
    got: /the input was changed: prompts\.sparse/,
    make: (good) => ({
      ...good,
      decode: (input, options) => (input.prompts.sparse.data.reverse(), good.decode(input, options)),
    }),
  },
  'rows that see each other': {
    breaks: ['batch rows'],
    got: /row 0 differs in a batch of two/,
    make: (good) => ({
      ...good,
      decode: async (input, options) => {
        const masks = await good.decode(input, options);
        masks.lowResLogits.data.fill(input.prompts.dense.shape[0] ?? 0);
        return masks;
      },
    }),
  },
  'abort listeners stay': {
    breaks: ['leaks'],
    got: /abort listeners/,
    make: (good) => ({
      ...good,
      decode: (input, { signal }) => (
        signal?.addEventListener('abort', () => undefined),
        good.decode(input, { signal })
      ),
    }),
  },
});

const answers = [{ text: 'Yes, the finding is small. It is [SEG].', segCount: 1 }] as const;

describeTeeth<Lvlm>('lvlm', services.lvlm, () => fakeLvlm([...answers]), {
  'a path too few': {
    breaks: ['shapes'],
    got: /1 paths of 2/,
    make: (good) => ({
      ...good,
      sample: async (...args) => (await good.sample(...args)).slice(-1).map((p) => ({ ...p, index: 0 })),
    }),
  },
  'NaN in seg embeddings': {
    breaks: ['finite'],
    got: /segEmbeddings\.data\.0 is NaN/,
    make: (good) => ({
      ...good,
      sample: async (...args) => {
        const paths = await good.sample(...args);
        for (const { segEmbeddings } of paths) segEmbeddings?.data.fill(Number.NaN);
        return paths;
      },
    }),
  },
  'probabilities in place of their logarithms': {
    breaks: ['ranges'],
    got: /a log-probability is 0\.5/,
    make: (good) => ({
      ...good,
      sample: async (...args) =>
        (await good.sample(...args)).map((path) => ({ ...path, tokenLogProbs: path.tokenLogProbs.map(() => 0.5) })),
    }),
  },
  'sampling that goes on': {
    breaks: ['abort while sampling'],
    got: /in spite of an aborted signal/,
    make: (good) => ({ ...good, sample: (prefix, options) => good.sample(prefix, { ...options, signal: undefined }) }),
  },
  'sampling that is aborted only at its end': {
    breaks: ['abort while sampling'],
    got: /tokens after the abort/,
    make: (good) => ({
      ...good,
      sample: (prefix, options) =>
        good.sample(prefix, { ...options, signal: options.signal?.aborted ? options.signal : undefined }),
    }),
  },
  'chance without a seed': {
    breaks: ['determinism'],
    got: /paths\.0\.text/,
    make: (good) => ({
      ...good,
      sample: async (...args) => (await good.sample(...args)).map((path) => ({ ...path, text: String(Math.random()) })),
    }),
    also: ['greedy path', 'independent paths'],
  },
  'paths that depend on their number': {
    breaks: ['independent paths'],
    got: /a third path changed the others/,
    make: (good) => ({
      ...good,
      sample: async (prefix, options) =>
        (await good.sample(prefix, options)).map((path) => ({ ...path, text: `${options.paths} ${path.text}` })),
    }),
  },
  'a timer a call': {
    breaks: ['leaks'],
    got: /x Timeout/,
    make: (good) => ({ ...good, prefill: (input) => (leakTimer(), good.prefill(input)) }),
  },
});
