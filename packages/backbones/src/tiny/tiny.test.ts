import { defineProgram, runEager } from '@sim4seg/compute';
import type { Program, TensorValue, TrainingConversation } from '@sim4seg/compute';
import { isSim4SegError } from '@sim4seg/core';
import type { GraphRunner, ImageFeatures, Lvlm, ModelBundle, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerIds, promptIds, tinyTemplate } from '../text/templates.js';
import { createTinyLvlm } from './tiny-lvlm.js';
import { tinyTrainable } from './trainable.js';

const QUESTION = 'Is there a breast lesion in this ultrasound? Outline it.';
const ANSWER = 'Yes, there is a breast lesion. The diagnosis is benign. It is [SEG].';
const trainable = tinyTrainable({
  layers: 2,
  hiddenSize: 32,
  heads: 2,
  keyValueHeads: 1,
  intermediateSize: 40,
  featureChannels: 6,
  tokenSide: 3,
  projectedDim: 8,
  questionTokens: 40,
  answerTokens: 30,
  vocabularySize: 330,
  trainingTexts: [QUESTION, QUESTION, ANSWER, ANSWER, 'No, there is no breast lesion.', 'No, there is none.'],
});
const { tokenizer } = trainable;
const params = trainable.initialParams(5);
const V = tokenizer.vocabularySize;
const IMAGE_TOKENS = 9;

const featureData = Float32Array.from({ length: 6 * 9 }, (_, i) => Math.sin(i * 1.7));
const features: ImageFeatures = {
  embedding: { data: new Float32Array(0), shape: [1, 0, 0, 0] },
  named: { stride16: { data: featureData, shape: [1, 6, 3, 3] } },
  frame: { sidePx: 48, contentWidthPx: 48, contentHeightPx: 48, originalWidthPx: 48, originalHeightPx: 48 },
};

const talk = (answer: string, question = QUESTION): TrainingConversation => ({
  question,
  answer,
  spans: [
    { start: 0, end: 3, weight: 3 },
    { start: answer.indexOf('benign'), end: answer.indexOf('benign') + 6, weight: 5 },
  ],
  restWeight: 0.5,
});

/** The training program with its row counts as numbers, so that it can run alone. */
function trainingProgram(images: number, conversations: number, length: number): Program {
  const { program } = trainable;
  return defineProgram({
    ...program,
    outputs: {
      logits: { dims: [images * length, V] },
      imageTokens: program.outputs['imageTokens']!,
      segEmbeddings: { dims: [images * conversations, 8] },
    },
  });
}

async function runPacked(conversations: readonly TrainingConversation[], length = 160) {
  const dims = { images: 1, conversations: conversations.length, length };
  const prepared = trainable.prepare([conversations], dims);
  const inputs = {
    features: { data: featureData, shape: [1, 6, 3, 3], dtype: 'float32' as const },
    ...prepared.inputs,
  };
  return { prepared, outputs: await runEager(trainingProgram(1, conversations.length, length), params, inputs) };
}

function eagerGraphs(calls: string[] = [], forced: readonly number[] | null = null): GraphRunner {
  const graphs = new Map(trainable.inferenceGraphs().map((graph) => [graph.graph, graph.program]));
  let step = 0;
  return {
    has: (graph) => graphs.has(graph),
    run: async (graph, inputs) => {
      calls.push(graph);
      const outputs = await runEager(graphs.get(graph)!, params, inputs as Record<string, TensorValue>);
      if (forced !== null && graph.includes('decode')) force(outputs['logits']!, forced[step++] ?? tokenizer.stopId);
      return outputs;
    },
  };
}

function force({ data, shape }: TensorValue, id: number): void {
  for (let row = 0; row < shape[0]!; row++) data[row * V + id] = 1000;
}

function lvlmWith(graphs: GraphRunner): Lvlm {
  const bundle: ModelBundle = {
    name: 'untrained',
    version: '0',
    sha256: '',
    graphs,
    parts: { 'llama-tiny': trainable.sizes },
    labels: {},
    text: (file) => trainable.files![file]!,
  };
  return createTinyLvlm(bundle);
}

const image = {} as Parameters<Lvlm['prefill']>[0]['image'];
const OPTIONS: SampleOptions = { paths: 1, seed: 7, temperature: 0.9, topP: 0.95, maxTokens: 12 };

async function answer(lvlm: Lvlm, options: Partial<SampleOptions> = {}): Promise<readonly ReasoningPath[]> {
  const prefix = await lvlm.prefill({ image, features, question: QUESTION });
  return lvlm.sample(prefix, { ...OPTIONS, ...options });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (isSim4SegError(error) ? error.code : String(error)),
  );
}

describe('packing', () => {
  it('labels each token of the answer with its weight and leaves the question out', () => {
    const { labels, weights, inputs, segPresent } = trainable.prepare([[talk(ANSWER)]], {
      images: 1,
      conversations: 1,
      length: 120,
    });
    const prompt = promptIds(tinyTemplate, QUESTION, tokenizer);
    const target = answerIds(tinyTemplate, ANSWER, tokenizer);
    const first = prompt.length - 1;
    expect([...labels.data].slice(first, first + target.length)).toEqual(target);
    expect(weights.data.slice(0, first).every((weight) => weight === 0)).toBe(true);
    expect(weights.data[first]).toBe(3);
    expect(weights.data[first + target.length - 1]).toBe(0.5);
    expect([...weights.data].filter((weight) => weight === 5).length).toBeGreaterThan(0);
    expect(segPresent.data[0]).toBe(1);
    const seg = target.indexOf(tokenizer.segId);
    expect(inputs['segRows']!.data[0]).toBe(IMAGE_TOKENS + first + seg);
  });

  it('refuses texts that do not fit', async () => {
    const dims = { images: 1, conversations: 1, length: 20 };
    expect(await codeOf(Promise.resolve().then(() => trainable.prepare([[talk(ANSWER)]], dims)))).toBe('USAGE');
    expect(trainable.tokenCount(talk(ANSWER))).toBeGreaterThan(20);
  });

  it('shows a conversation nothing of its neighbour', async () => {
    const alone = await runPacked([talk(ANSWER)]);
    const after = await runPacked([talk('No, there is no breast lesion.'), talk(ANSWER)]);
    const [, row] = after.outputs['segEmbeddings']!.data.length === 16 ? [0, 8] : [0, 0];
    const expected = alone.outputs['segEmbeddings']!.data;
    const got = after.outputs['segEmbeddings']!.data.slice(row!);
    expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 4));
    expect([...after.prepared.segPresent.data]).toEqual([0, 1]);
  });
});

describe('llama-tiny', () => {
  const target = answerIds(tinyTemplate, ANSWER, tokenizer);
  let forcedPath: ReasoningPath;
  let pieces: string[];

  beforeAll(async () => {
    pieces = [];
    const lvlm = lvlmWith(eagerGraphs([], target));
    [forcedPath] = (await answer(lvlm, { maxTokens: 30, onToken: ({ text }) => pieces.push(text) })) as [ReasoningPath];
  });

  it('writes what it samples, streams it and stops at the stop token', () => {
    expect(forcedPath.text).toBe(ANSWER);
    expect(pieces.join('')).toBe(ANSWER);
    expect(forcedPath.finish).toBe('stop');
    expect(forcedPath.tokenIds).toEqual(target.slice(0, -1));
    expect(forcedPath.tokenLogProbs).toHaveLength(target.length - 1);
  });

  it('gives the same seg embedding and image tokens as training', async () => {
    const { outputs } = await runPacked([talk(ANSWER)]);
    expect(forcedPath.segEmbeddings!.shape).toEqual([1, 8]);
    outputs['segEmbeddings']!.data.forEach((value, i) => {
      expect(forcedPath.segEmbeddings!.data[i]).toBeCloseTo(value as number, 4);
    });
    const prefix = await lvlmWith(eagerGraphs()).prefill({ image, features, question: QUESTION });
    expect(prefix.imageTokens!.shape).toEqual([1, 9, 8]);
    outputs['imageTokens']!.data.forEach((value, i) => {
      expect(prefix.imageTokens!.data[i]).toBeCloseTo(value as number, 4);
    });
  });

  it('knows how likely Yes is before anything is sampled', async () => {
    const { outputs, prepared } = await runPacked([talk(ANSWER)]);
    const row = promptIds(tinyTemplate, QUESTION, tokenizer).length - 1;
    expect(prepared.labels.data[row]).toBe(tokenizer.encode(' Yes')[0]);
    const logits = outputs['logits']!.data.slice(row * V, (row + 1) * V);
    const yes = Math.exp(logits[tokenizer.encode(' Yes')[0]!] as number);
    const no = Math.exp(logits[tokenizer.encode(' No')[0]!] as number);
    const [path] = await answer(lvlmWith(eagerGraphs()), { maxTokens: 1 });
    expect(path!.presentProb).toBeCloseTo(yes / (yes + no), 4);
  });

  it('does not shift a path when another is added, and repeats itself', async () => {
    const calls: string[] = [];
    const lvlm = lvlmWith(eagerGraphs(calls));
    const three = await answer(lvlm, { paths: 3, maxTokens: 6 });
    const five = await answer(lvlm, { paths: 5, maxTokens: 6 });
    const one = await answer(lvlm, { paths: 1, maxTokens: 6 });
    expect(five.slice(0, 3).map(({ tokenIds }) => tokenIds)).toEqual(three.map(({ tokenIds }) => tokenIds));
    expect(one[0]!.tokenIds).toEqual(three[0]!.tokenIds);
    // Path 0 is greedy; the sampled ones draw chance of their own.
    expect(new Set(five.slice(1).map(({ text }) => text)).size).toBeGreaterThan(1);
    expect(five.map(({ finish }) => finish)).toContain('length');
    expect(new Set(calls)).toEqual(
      new Set(['llama-tiny.prefill', 'llama-tiny.decode.b4', 'llama-tiny.decode.b16', 'llama-tiny.decode.b1']),
    );
  });

  it('splits more paths than the largest graph holds', async () => {
    const paths = await answer(lvlmWith(eagerGraphs()), { paths: 18, maxTokens: 1 });
    expect(paths.map(({ index }) => index)).toEqual([...Array(18).keys()]);
  });

  it('stops within one token of an abort', async () => {
    const controller = new AbortController();
    const calls: string[] = [];
    const lvlm = lvlmWith(eagerGraphs(calls));
    const work = answer(lvlm, { signal: controller.signal, maxTokens: 20, onToken: () => controller.abort() });
    expect(await codeOf(work)).toBe('ABORTED');
    expect(calls.length).toBeLessThan(6);
  });

  it('refuses questions and wiring that cannot work', async () => {
    const lvlm = lvlmWith(eagerGraphs());
    const ask = (question: string, given: ImageFeatures | null = features) =>
      codeOf(lvlm.prefill({ image, features: given, question }));
    expect(await ask('')).toBe('QUESTION_EMPTY');
    expect(await ask('qzx '.repeat(40))).toBe('QUESTION_TOO_LONG');
    expect(await ask('x'.repeat(100_000))).toBe('QUESTION_TOO_LONG');
    expect(await ask(QUESTION, null)).toBe('WIRING');
    expect(await ask(QUESTION, { ...features, named: {} })).toBe('WIRING');
  });

  it('refuses to be trained without a tokenizer', async () => {
    expect(await codeOf(Promise.resolve().then(() => tinyTrainable({})))).toBe('TOKENIZER_INVALID');
  });
});
