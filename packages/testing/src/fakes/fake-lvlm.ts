import { expectNotAborted, type FloatArray, type Lvlm, type ReasoningPath, type SampleOptions } from '@sim4seg/core';
import { fakeFrame, smallWorld, zeros } from './small-world.js';

/** What one path of the fake says. */
export interface FakeAnswer {
  readonly text: string;
  /** [SEG] tokens in the answer. */
  readonly segCount: number;
  readonly presentProb?: number;
}

const { channels, tokenRows, tokenColumns } = smallWorld;

/**
 * An LVLM that gives these answers in turn, one a path, word by word. Seg embeddings of path i and seg k are
 * `[i + 1, k + 1]`; image tokens count up. Obeys its abort signal between words.
 */
export function fakeLvlm(answers: readonly [FakeAnswer, ...FakeAnswer[]]): Lvlm {
  return {
    capabilities: { segEmbeddings: true, imageFeatures: null },
    sizes: { projectedDim: channels, tokenRows, tokenColumns },
    async prefill({ image, signal }) {
      expectNotAborted(signal);
      return { imageTokens: countingTokens(), frame: fakeFrame(image), state: null };
    },
    async sample(_, options) {
      const paths = Array.from({ length: options.paths }, (_empty, i) => i);
      return Promise.all(paths.map((i) => speak(answers[i % answers.length] ?? answers[0], i, options)));
    },
  };
}

async function speak(
  answer: FakeAnswer,
  index: number,
  { signal, onToken, maxTokens }: SampleOptions,
): Promise<ReasoningPath> {
  const whole = answer.text.split(/(?<= )/);
  const words = whole.slice(0, maxTokens);
  expectNotAborted(signal);
  for (const text of words) {
    expectNotAborted(signal);
    onToken?.({ path: index, text });
    await Promise.resolve();
  }
  return {
    index,
    text: words.join(''),
    tokenIds: words.map((_, i) => i),
    tokenLogProbs: Float32Array.from(words, () => -0.5 - index),
    segEmbeddings: segEmbeddings(index, answer.segCount),
    presentProb: answer.presentProb ?? (answer.segCount ? 0.9 : 0.1),
    finish: words.length < whole.length ? 'length' : 'stop',
  };
}

function segEmbeddings(path: number, count: number): FloatArray {
  const data = Float32Array.from({ length: count * channels }, (_, i) =>
    i % channels === 0 ? path + 1 : Math.floor(i / channels) + 1,
  );
  return { data, shape: [count, channels] };
}

function countingTokens(): FloatArray {
  const tokens = zeros(1, tokenRows * tokenColumns, channels);
  return { ...tokens, data: tokens.data.map((_, i) => i) };
}
