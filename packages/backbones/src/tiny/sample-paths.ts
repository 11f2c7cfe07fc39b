import { createRandom, expectNotAborted } from '@sim4seg/core';
import type { GraphRunner, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { presenceProb } from '../sampling/presence-prob.js';
import type { PresenceIds } from '../sampling/presence-prob.js';
import type { Tokenizer } from '../text/tokenizer.js';
import { createDecodeSession } from './decode-session.js';
import type { DecodeSession, TinyPrefix } from './decode-session.js';
import { DECODE_BATCHES, decodeGraph } from './graphs.js';
import { createPathWriter } from './path-writer.js';
import type { PathWriter } from './path-writer.js';
import type { TinySizes } from './sizes.js';

export interface SamplingModel {
  readonly graphs: GraphRunner;
  readonly sizes: TinySizes;
  readonly tokenizer: Tokenizer;
  readonly presence: PresenceIds;
}

interface PathGroup {
  readonly session: DecodeSession;
  readonly writers: readonly PathWriter[];
}

/**
 * Samples all paths side by side: every path gets one token, then every path the next. Path 0 is greedy. What a path
 * draws depends on seed, path and token number only.
 * @throws ABORTED within one token of the signal
 */
export async function samplePaths(
  prefix: TinyPrefix,
  options: SampleOptions,
  model: SamplingModel,
): Promise<ReasoningPath[]> {
  const groups = openGroups(prefix, options, model);
  const maxTokens = Math.min(options.maxTokens, model.sizes.answerTokens);
  let presentProb: number | null = null;
  for (let token = 0; token < maxTokens && groups.some(isOpen); token++) {
    for (const { session, writers } of groups.filter(isOpen)) {
      expectNotAborted(options.signal);
      const rows = await session.step(
        writers.map(({ lastId }) => lastId),
        { signal: options.signal },
      );
      presentProb ??= presenceProb(rows[0]!.logits, model.presence);
      writers.forEach((writer, i) => writer.take(rows[i]!));
    }
  }
  expectNotAborted(options.signal);
  return groups.flatMap(({ writers }) => writers.map((writer) => writer.toPath(presentProb ?? 0.5)));
}

const isOpen = ({ writers }: PathGroup): boolean => writers.some(({ finished }) => !finished);

function openGroups(prefix: TinyPrefix, options: SampleOptions, model: SamplingModel): PathGroup[] {
  const { graphs, sizes, tokenizer } = model;
  const seeds = createRandom(options.seed);
  const maxTokens = Math.min(options.maxTokens, sizes.answerTokens);
  const writer = (index: number): PathWriter => {
    const temperature = index === 0 ? 0 : options.temperature;
    const sampling = { ...options, temperature, maxTokens };
    return createPathWriter({ index, tokenizer, sampling, random: seeds.fork(`path-${index}`) }, prefix.lastId);
  };
  return groupSizes(options.paths, graphs).map(({ first, count, batch }) => ({
    session: createDecodeSession({ graphs, sizes, prefix, batch }),
    writers: Array.from({ length: count }, (_, i) => writer(first + i)),
  }));
}

/** Splits paths over the decode graphs that the bundle has: the smallest that holds them, else several of the largest. */
function groupSizes(paths: number, graphs: GraphRunner): { first: number; count: number; batch: number }[] {
  const known = DECODE_BATCHES.filter((batch) => graphs.has(decodeGraph(batch)));
  const sizes = known.length > 0 ? known : DECODE_BATCHES;
  const largest = sizes.at(-1) as number;
  const groups: { first: number; count: number; batch: number }[] = [];
  for (let first = 0; first < paths; first += largest) {
    const count = Math.min(largest, paths - first);
    groups.push({ first, count, batch: sizes.find((size) => size >= count) ?? largest });
  }
  return groups;
}
