import { runEager } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { isSim4SegError } from '@sim4seg/core';
import type { GraphRunner, Lvlm, ModelBundle, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANSWER,
  QUESTION,
  bundleWith,
  graphs,
  openCompiled,
  params,
  sizes,
  picture,
  runEagerly,
  runnerOf,
  tokenizer,
} from '../../test-support/llava-model.js';
import type { RunnerOptions } from '../../test-support/llava-model.js';
import { preprocessClip } from '../clip/preprocess.js';
import { planMerge } from '../llava/plan-merge.js';
import { llavaProgram } from '../llava/programs.js';
import { llavaConversationIds, llavaPromptIds } from '../text/llava-prompt.js';
import { createSegTokenJudge } from '../presence/seg-token-judge.js';
import { llavaLlama2Template, llavaV1Template } from '../text/templates.js';
import { createLlavaSeg } from './llava-seg.js';
import { LlavaSegOptionsSchema } from './options.js';

const OPTIONS: SampleOptions = { paths: 1, seed: 3, temperature: 0.9, topP: 0.95, maxTokens: 40 };
const PATCHES = 16;
const image = picture(40, 40);

let compiled: Awaited<ReturnType<typeof openCompiled>>;
beforeAll(async () => {
  compiled = await openCompiled();
});
afterAll(() => compiled.release());

const runner = (options: RunnerOptions = {}): GraphRunner => runnerOf(compiled.run, options);

function lvlmWith(graphRunner: GraphRunner, options: object = {}, given: Partial<ModelBundle> = {}): Lvlm {
  return createLlavaSeg(
    bundleWith(graphRunner, given),
    LlavaSegOptionsSchema.parse({ contextTokens: 400, answerTokens: 80, ...options }),
  );
}

async function answer(lvlm: Lvlm, options: Partial<SampleOptions> = {}): Promise<readonly ReasoningPath[]> {
  const prefix = await lvlm.prefill({ image, features: null, question: QUESTION });
  return lvlm.sample(prefix, { ...OPTIONS, ...options });
}

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isSim4SegError(error) ? error.code : String(error);
  }
  return 'none';
}

/** Hidden states of the whole conversation at once, after the seg projection, and its logits. */
async function fullForward(ids: readonly number[]): Promise<Record<string, TensorValue>> {
  const pixels = { ...preprocessClip(image, { sidePx: 28 }), dtype: 'float32' as const };
  const vision = graphs.find(({ graph }) => graph.endsWith('vision'))!.program;
  const pick = (names: object) => Object.fromEntries(Object.keys(names).map((name) => [name, params[name]!]));
  const { imageRows } = await runEager(vision, pick(vision.params), { pixels });
  const { vocabularySize } = sizes.llama;
  const plan = planMerge(
    { ids: [ids], labels: null, attentionMask: [ids.map(() => true)] },
    { vocabularySize, patches: PATCHES, images: 1, imageOfSlot: [0] },
  );
  const shape = [1, plan.length];
  const program = llavaProgram(sizes);
  return runEager(program, pick(program.params), {
    imageRows: imageRows!,
    sources: { data: plan.sources, shape, dtype: 'int32' },
    mask: { data: Int32Array.from(plan.attentionMask), shape, dtype: 'int32' },
  });
}

const promptOptions = { template: llavaV1Template, imageStartEnd: true };
const prompt = llavaPromptIds(QUESTION, tokenizer, promptOptions);
const conversation = llavaConversationIds([{ question: QUESTION, answer: ANSWER }], tokenizer, promptOptions);
const target = conversation.ids.slice(prompt.length);

const expectClose = (got: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(got.length).toBe(expected.length);
  Array.from(expected, (value, i) => expect(got[i]).toBeCloseTo(value, 4));
};

describe('conversations', () => {
  it('begin with the image in its frame, and learn the answer alone', () => {
    expect(prompt[0]).toBe(tokenizer.beginId);
    const at = prompt.indexOf(-200);
    expect(tokenizer.decode([prompt[at - 1]!, prompt[at + 1]!])).toBe('<im_start><im_end>');
    expect(tokenizer.decode(prompt.slice(at + 2))).toBe(` \n${QUESTION} ASSISTANT:`);
    expect(conversation.ids.slice(0, prompt.length)).toEqual(prompt);
    expect(conversation.labels).toEqual([...prompt.map(() => -100), ...target]);
    expect(tokenizer.decode(target)).toBe(` Sure, it is [SEG] . Firstly, the lesion is dark.</s>`);
    expect(target.at(-1)).toBe(tokenizer.stopId);
  });

  it('go on after an answer, and have the form of LLaMA-2', () => {
    const turns = [
      { question: 'Is there a lesion?', answer: 'Yes' },
      { question: 'Is it [SEG] dark?', answer: 'No' },
    ];
    const options = { template: llavaLlama2Template, imageStartEnd: false };
    const { ids, labels } = llavaConversationIds(turns, tokenizer, options);
    const text = tokenizer.decode(ids.filter((id) => id >= 0));
    expect(text).toContain('Is there a lesion? [/INST] Yes </s><s> [INST] Is it [SEG] dark? [/INST] No </s>');
    expect(ids).not.toContain(tokenizer.segId);
    expect(labels.filter((label) => label === tokenizer.stopId)).toHaveLength(2);
  });
});

describe('llava-seg', () => {
  let path: ReasoningPath;
  let pieces: string[];
  beforeAll(async () => {
    pieces = [];
    const lvlm = lvlmWith(runner({ forced: target }));
    [path] = (await answer(lvlm, { onToken: ({ text }) => pieces.push(text) })) as [ReasoningPath];
  });

  it('writes what it samples, streams it and stops at the stop token', () => {
    expect(path.tokenIds).toEqual(target.slice(0, -1));
    expect(pieces.join('')).toBe(path.text);
    expect(path.text).toContain('Sure, it is [SEG]');
    expect(path.finish).toBe('stop');
    expect(path.presentProb).toBeNull();
  });

  it('gives the hidden states of image tokens and of [SEG] that the whole conversation has at once', async () => {
    const { projected } = await fullForward(conversation.ids);
    const width = sizes.projectedDim;
    const row = (place: number): ArrayLike<number> => projected!.data.slice(place * width, (place + 1) * width);
    const seg = conversation.ids.indexOf(tokenizer.segId) + PATCHES - 2;
    expect(path.segEmbeddings!.shape).toEqual([1, width]);
    expectClose(path.segEmbeddings!.data, row(seg));
    const prefix = await lvlmWith(runner(), { tokensOver: 'middle-square' }).prefill({
      image,
      features: null,
      question: QUESTION,
    });
    const from = prompt.indexOf(-200) * width;
    expectClose(prefix.imageTokens!.data, projected!.data.slice(from, from + PATCHES * width));
    const framed = await lvlmWith(runner()).prefill({ image, features: null, question: QUESTION });
    expectClose(framed.imageTokens!.data, prefix.imageTokens!.data);
  });

  it('gives step by step the log-probabilities of the whole conversation, also behind a grown cache', async () => {
    const long = [...target.slice(0, -1), ...target.slice(0, -1), ...target.slice(0, -1)];
    const [got] = await answer(lvlmWith(unforcedReader(long)), { maxTokens: 80 });
    expect(got!.tokenIds).toHaveLength(long.length);
    expect(long.length).toBeGreaterThan(33);
    const { logits } = await fullForward([...prompt, ...long]);
    const vocabulary = sizes.llama.vocabularySize;
    const first = prompt.length + PATCHES - 2;
    const expected = long.map((id, i) => logProb(logits!.data, (first + i) * vocabulary, { vocabulary, id }));
    expectClose(seen, expected);
  });

  it('does not shift a path when others run beside it', async () => {
    const calls: string[] = [];
    const three = await answer(lvlmWith(runner({ calls })), { paths: 3, maxTokens: 6 });
    expect(calls.filter((name) => name.endsWith('prefill'))).toHaveLength(1);
    expect(calls.filter((name) => name.endsWith('decode'))).toHaveLength(6);
    const two = await answer(lvlmWith(runner()), { paths: 2, maxTokens: 6 });
    expect(three.slice(0, 2).map(({ tokenIds }) => tokenIds)).toEqual(two.map(({ tokenIds }) => tokenIds));
    three.slice(0, 2).forEach(({ tokenLogProbs }, i) => expectClose(tokenLogProbs, two[i]!.tokenLogProbs));
    const many = await answer(lvlmWith(runner()), { paths: 18, maxTokens: 1 });
    expect(many.map(({ index }) => index)).toEqual([...Array(18).keys()]);
  });

  it('never writes an id that only pads the embeddings', async () => {
    expect(sizes.llama.vocabularySize).toBeGreaterThan(tokenizer.vocabularySize);
    const padding = Array.from({ length: 5 }, () => tokenizer.vocabularySize);
    const [got] = await answer(lvlmWith(runner({ forced: padding })), { maxTokens: 5 });
    expect(got!.tokenIds.every((id) => id < tokenizer.vocabularySize)).toBe(true);
  });

  it('filters what it samples', async () => {
    const greedy = await answer(lvlmWith(runner()), { paths: 2, maxTokens: 8 });
    const narrow = await answer(lvlmWith(runner(), { topK: 1 }), { paths: 2, maxTokens: 8 });
    expect(narrow[1]!.tokenIds).toEqual(greedy[0]!.tokenIds);
    const penalised = await answer(lvlmWith(runner(), { repetitionPenalty: 1000 }), { maxTokens: 12 });
    expect(new Set(penalised[0]!.tokenIds).size).toBe(penalised[0]!.tokenIds.length);
  });

  it('answers without [SEG] with no seg embedding, which a judge takes for absent', async () => {
    const forced = tokenizer.encodePlain('No');
    const [got] = await answer(lvlmWith(runner({ forced })));
    expect(got!.segEmbeddings!.shape).toEqual([0, sizes.projectedDim]);
    const judge = createSegTokenJudge({ presentFrom: 0.5, absentBelow: 0.5 });
    const evidence = { presentProb: got!.presentProb, segCount: 0 } as Parameters<typeof judge.judge>[0][number];
    expect(judge.judge([evidence]).presence).toBe('absent');
  });

  it('says how likely Yes is where its answers begin with it', async () => {
    const presenceWords = { yes: ['Yes'], no: ['No'] };
    const [got] = await answer(lvlmWith(runner({ forced: tokenizer.encodePlain('Yes') }), { presenceWords }));
    expect(got!.presentProb).toBeCloseTo(1, 5);
  });

  it('stops within one token of an abort', async () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const lvlm = lvlmWith(runner({ calls, forced: target }));
    const work = () => answer(lvlm, { signal: controller.signal, onToken: () => controller.abort() });
    expect(await codeOf(work)).toBe('ABORTED');
    expect(calls.length).toBeLessThan(5);
  });

  it('lays its tokens over the whole image', async () => {
    const lvlm = lvlmWith(runner());
    const wide = await lvlm.prefill({ image: picture(80, 40), features: null, question: QUESTION });
    expect(wide.frame).toMatchObject({ sidePx: 4, contentWidthPx: 4, contentHeightPx: 2 });
    const width = sizes.projectedDim;
    const token = (row: number, column: number) =>
      wide.imageTokens!.data.slice((row * 4 + column) * width, (row * 4 + column + 1) * width);
    // The vision tower does not see the left and the right quarter.
    expect(token(0, 0)).toEqual(token(1, 3));
    expect(token(0, 1)).not.toEqual(token(0, 0));
  });

  it('takes pictures of any shape, and refuses questions that do not fit', async () => {
    const lvlm = lvlmWith(runner());
    for (const [width, height] of [
      [1, 1],
      [3000, 2],
    ] as const) {
      const { imageTokens } = await lvlm.prefill({ image: picture(width, height), features: null, question: QUESTION });
      expect(imageTokens!.data.every(Number.isFinite)).toBe(true);
    }
    const ask = (question: string) => codeOf(() => lvlm.prefill({ image, features: null, question }));
    expect(await ask(' ')).toBe('QUESTION_EMPTY');
    expect(await ask('qzx '.repeat(100))).toBe('QUESTION_TOO_LONG');
  });

  it('refuses bundles that do not belong to it', async () => {
    const open = (given: Partial<ModelBundle>) => codeOf(() => lvlmWith(runner(), {}, given));
    expect(await open({ parts: {} })).toBe('WIRING');
    expect(await open({ parts: { llava: {} } })).toBe('BUNDLE_DAMAGED');
    expect(await open({ text: () => '{}' })).toBe('TOKENIZER_INVALID');
    const llama = { ...sizes.llama, vocabularySize: 100 };
    expect(await open({ parts: { llava: { ...sizes, llama } } })).toBe('TOKENIZER_INVALID');
  });

  it('answers alike operation by operation', async () => {
    for (const paths of [1, 3]) {
      const eager = await answer(lvlmWith(runnerOf(runEagerly)), { paths, maxTokens: 4 });
      const got = await answer(lvlmWith(runner()), { paths, maxTokens: 4 });
      expect(got.map(({ tokenIds }) => tokenIds)).toEqual(eager.map(({ tokenIds }) => tokenIds));
    }
  });
});

/** Log-probabilities that the model itself gave to the tokens it was made to write. */
let seen: number[] = [];

function unforcedReader(ids: readonly number[]): GraphRunner {
  const plain = runner();
  let step = 0;
  seen = [];
  return {
    has: plain.has,
    async run(name, inputs, options) {
      const outputs = await plain.run(name, inputs, options);
      if (!outputs['logits']) return outputs;
      const { data, shape } = outputs['logits'];
      const id = ids[step++] ?? tokenizer.stopId;
      if (step <= ids.length) seen.push(logProb(data as Float32Array, 0, { vocabulary: shape[1]!, id }));
      (data as Float32Array)[id] = 1000;
      return outputs;
    },
  };
}

function logProb(
  logits: ArrayLike<number>,
  from: number,
  { vocabulary, id }: { readonly vocabulary: number; readonly id: number },
): number {
  const row = Array.from({ length: vocabulary }, (_, i) => logits[from + i]!);
  const top = Math.max(...row);
  return row[id]! - top - Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
