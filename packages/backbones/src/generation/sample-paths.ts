import { createRandom, expectNotAborted } from '@sim4seg/core';
import type { GraphRunner, ReasoningPath, SampleOptions } from '@sim4seg/core';
import type { LlamaSizes } from '../llama/sizes.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { createDecodeSession } from './decode-session.js';
import type { DecodeSession, PromptPrefix, SuffixRoom } from './decode-session.js';
import { createPathWriter } from './path-writer.js';
import type { PathWriter, SamplingFilters } from './path-writer.js';

/** Paths that run through one graph together. */
export interface PathGroup {
  readonly first: number;
  readonly count: number;
  /** Rows that the graph is run with; those behind `count` are padding. */
  readonly batch: number;
  readonly graph: string;
}

/** How an LVLM writes answers: its decode graphs, its tokens, and what it filters. */
export interface PathDecoder {
  readonly graphs: GraphRunner;
  readonly llama: LlamaSizes;
  readonly room: SuffixRoom;
  readonly biasOver: 'keys' | 'suffix';
  readonly tokenizer: Pick<Tokenizer, 'segId' | 'vocabularySize' | 'createTextStream'>;
  /** Ids that end an answer. */
  readonly stopIds: ReadonlySet<number>;
  readonly filters: SamplingFilters;
  groups(paths: number): readonly PathGroup[];
  /** From the logits of the first answer token; null where they say nothing of it. */
  presentProb(logits: Float32Array): number | null;
}

interface OpenGroup {
  readonly session: DecodeSession;
  readonly writers: readonly PathWriter[];
}

/**
 * Samples all paths side by side: every path gets one token, then every path the next. Path 0 is greedy where there are
 * several. What a path draws depends on seed, path and token number only.
 * @throws ABORTED within one token of the signal
 */
export async function samplePaths(
  prefix: PromptPrefix,
  options: SampleOptions,
  decoder: PathDecoder,
): Promise<ReasoningPath[]> {
  const maxTokens = Math.min(options.maxTokens, decoder.room.most);
  const groups = openGroups(prefix, { ...options, maxTokens }, decoder);
  let presentProb: number | null | undefined;
  for (let token = 0; token < maxTokens && groups.some(isOpen); token++) {
    for (const { session, writers } of groups.filter(isOpen)) {
      expectNotAborted(options.signal);
      const rows = await session.step(
        writers.map(({ lastId }) => lastId),
        { signal: options.signal },
      );
      if (presentProb === undefined) presentProb = decoder.presentProb(rows[0]!.logits);
      writers.forEach((writer, i) => writer.take(rows[i]!));
    }
  }
  expectNotAborted(options.signal);
  return groups.flatMap(({ writers }) => writers.map((writer) => writer.toPath(presentProb ?? null)));
}

const isOpen = ({ writers }: OpenGroup): boolean => writers.some(({ finished }) => !finished);

function openGroups(prefix: PromptPrefix, options: SampleOptions, decoder: PathDecoder): OpenGroup[] {
  const seeds = createRandom(options.seed);
  const writer = (index: number): PathWriter => {
    const temperature = index === 0 ? 0 : options.temperature;
    const sampling = { ...decoder.filters, ...options, temperature };
    return createPathWriter({ index, decoder, sampling, random: seeds.fork(`path-${index}`) }, prefix.lastId);
  };
  return decoder.groups(options.paths).map(({ first, count, batch, graph }) => ({
    session: createDecodeSession({ ...decoder, graph, prefix, batch }),
    writers: Array.from({ length: count }, (_, i) => writer(first + i)),
  }));
}
