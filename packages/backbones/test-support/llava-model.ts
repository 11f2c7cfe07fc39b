import { compile, initParams, runEager } from '@sim4seg/compute';
import type { Program, Session, TensorValue } from '@sim4seg/compute';
import type { GraphRunner, MedicalImage, ModelBundle } from '@sim4seg/core';
import { llavaInferenceGraphs } from '../src/llava-seg/graphs.js';
import { LLAVA_PARTS } from '../src/llava-seg/part.js';
import { LlavaSizesSchema } from '../src/llava/sizes.js';
import { createTokenizer } from '../src/text/tokenizer.js';
import { llamaTokenizerJson } from './llama-tokenizer.js';

export const QUESTION = 'Is there a lesion in this image?';
export const ANSWER = 'Sure, it is [SEG]. Firstly, the lesion is dark.';
const SYSTEM = 'A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful,';

export const tokenizerJson = llamaTokenizerJson({ texts: [QUESTION, ANSWER, 'Yes No', SYSTEM, 'USER: ASSISTANT:'] });
export const tokenizer = createTokenizer(tokenizerJson);

/** A whole `llava-seg` of tiny sizes. */
export const sizes = LlavaSizesSchema.parse({
  llama: {
    vocabularySize: tokenizer.vocabularySize + 3,
    hiddenSize: 24,
    intermediateSize: 32,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    rmsNormEps: 1e-6,
    ropeTheta: 10_000,
  },
  vision: {
    hiddenSize: 16,
    intermediateSize: 24,
    layers: 3,
    heads: 2,
    sidePx: 28,
    patchPx: 7,
    activation: 'quick_gelu',
    layerNormEps: 1e-5,
    selectLayer: -2,
  },
  projector: 'mlp2x_gelu',
  projectedDim: 8,
});

export const graphs = llavaInferenceGraphs(sizes);
export const params = Object.fromEntries(
  graphs.flatMap(({ program }) => Object.entries(initParams(program.params, 4))),
);

export interface RunnerOptions {
  readonly calls?: string[];
  /** Ids that every path is made to write, then the stop. */
  readonly forced?: readonly number[];
}

type RunGraph = (name: string, inputs: Record<string, TensorValue>) => Promise<Record<string, TensorValue>>;

const own = (program: Program) => Object.fromEntries(Object.keys(program.params).map((key) => [key, params[key]!]));

/** Runs a graph operation by operation. */
export const runEagerly: RunGraph = (name, inputs) => {
  const { program } = graphs.find(({ graph }) => graph === name)!;
  return runEager(program, own(program), inputs);
};

/** Opens all graphs, with their numbers of tokens and paths free. */
export async function openCompiled(): Promise<{ run: RunGraph; release(): Promise<void> }> {
  const sessions = new Map<string, Session>();
  for (const { graph, program, dims } of graphs) {
    sessions.set(graph, await compile(program, { dims, weights: own(program) }));
  }
  return {
    run: (name, inputs) => sessions.get(name)!.run(inputs),
    release: async () => {
      for (const session of sessions.values()) await session.release();
    },
  };
}

/** The graphs of a bundle, that notes what is called and may be made to write. */
export function runnerOf(run: RunGraph, { calls = [], forced }: RunnerOptions = {}): GraphRunner {
  let step = 0;
  return {
    has: (name) => graphs.some(({ graph }) => graph === name),
    async run(name, inputs) {
      calls.push(name);
      const outputs = await run(name, inputs as Record<string, TensorValue>);
      if (forced && outputs['logits']) force(outputs['logits'], forced[step++] ?? tokenizer.stopId);
      return outputs;
    },
  };
}

function force({ data, shape }: TensorValue, id: number): void {
  for (let row = 0; row < shape[0]!; row++) data[row * shape[1]! + id] = 1000;
}

export function bundleWith(runner: GraphRunner, given: Partial<ModelBundle> = {}): ModelBundle {
  return {
    name: 'random weights',
    version: '0',
    sha256: '',
    graphs: runner,
    parts: { [LLAVA_PARTS.sizes]: sizes },
    labels: {},
    text: () => tokenizerJson,
    ...given,
  };
}

export function picture(widthPx: number, heightPx: number): MedicalImage {
  return {
    dtype: 'uint8',
    data: Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => (i * 37) % 256),
    widthPx,
    heightPx,
    channels: 3,
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
    sha256: '',
  };
}
