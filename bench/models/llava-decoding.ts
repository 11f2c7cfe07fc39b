// A random LLaVA's prompt and paths, as the product runs them: prefill, then `samplePaths` over its cache.
import { samplePaths } from '@sim4seg/backbones';
import type { LlavaSizes, PathDecoder, PromptPrefix } from '@sim4seg/backbones';
import type { Session, TensorValue } from '@sim4seg/compute';
import { float32Value, int32Value } from '@sim4seg/compute';
import { createRandom } from '@sim4seg/core';
import type { GraphRunner, GraphValue, ReasoningPath } from '@sim4seg/core';

export const IMAGE_TOKENS = 256;
export const TEXT_TOKENS = 64;
export const PREFIX = IMAGE_TOKENS + TEXT_TOKENS;
export const NEW_TOKENS = 64;
const GRAPH = 'decode';

/** Inputs of the prefill: random image rows, then random text. */
export function promptOf({ llama }: LlavaSizes, seed: number): Record<string, TensorValue> {
  const random = createRandom(seed);
  const text = Array.from({ length: TEXT_TOKENS }, () => Math.floor(random.uniform() * llama.vocabularySize));
  const rows = Array.from({ length: IMAGE_TOKENS }, (_, i) => llama.vocabularySize + i);
  return {
    imageRows: float32Value(
      Float32Array.from({ length: IMAGE_TOKENS * llama.hiddenSize }, () => 2 * random.uniform() - 1),
      [1, IMAGE_TOKENS, llama.hiddenSize],
    ),
    sources: int32Value(Int32Array.from([...rows, ...text]), [1, PREFIX]),
    imageAt: int32Value(
      Int32Array.from({ length: IMAGE_TOKENS }, (_, i) => i),
      [IMAGE_TOKENS],
    ),
  };
}

/** Reads a prompt once. */
export async function prefixOf(prefill: Session, sizes: LlavaSizes, seed: number): Promise<PromptPrefix> {
  const { imageTokens: _, ...cache } = await prefill.run(promptOf(sizes, seed));
  return { cache: cache as Record<string, GraphValue>, slots: PREFIX, filled: PREFIX, lastId: seed % 1000 };
}

/** A decoder that never stops early. */
export function decoderOf(decode: Session, { llama }: LlavaSizes): PathDecoder {
  const graphs: GraphRunner = {
    has: (graph) => graph === GRAPH,
    run: async (_, inputs) => (await decode.run(inputs as Record<string, TensorValue>)) as Record<string, GraphValue>,
  };
  return {
    graphs,
    llama,
    room: { most: NEW_TOKENS, first: 32 },
    biasOver: 'suffix',
    tokenizer: {
      segId: -1,
      vocabularySize: llama.vocabularySize,
      createTextStream: () => ({ push: () => '', end: () => '' }),
    },
    stopIds: new Set(),
    filters: { topK: Infinity, repetitionPenalty: 1 },
    groups: (paths) => [{ first: 0, count: paths, batch: paths, graph: GRAPH }],
    presentProb: () => null,
  };
}

export interface DecodeOptions {
  readonly paths: number;
  readonly seed: number;
}

/** Writes every path to its last token; path 0 of several is greedy, and so is a single one. */
export async function decodePaths(
  prefix: PromptPrefix,
  decoder: PathDecoder,
  { paths, seed }: DecodeOptions,
): Promise<ReasoningPath[]> {
  const temperature = paths === 1 ? 0 : 0.7;
  return samplePaths(prefix, { paths, seed, temperature, topP: 0.9, maxTokens: NEW_TOKENS }, decoder);
}
