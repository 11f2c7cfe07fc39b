import { stableJson } from '@sim4seg/core';
import type { Lvlm, LvlmPrefix, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { createWorkCache, shareWork } from './shared-work.js';
import type { SharedWork, WorkCache } from './shared-work.js';

const KEPT_PREFIXES = 4;
const KEPT_SAMPLES = 8;

type OnToken = NonNullable<SampleOptions['onToken']>;
type Token = Parameters<OnToken>[0];

/** Sampling that others may join: those who come later get the tokens before, once more and in order. */
interface SharedSample extends SharedWork<readonly ReasoningPath[]> {
  /** @returns what ends the listening */
  listen(onToken: OnToken): () => void;
}

/**
 * An LVLM that answers a repeated question about a repeated image from what it said before: pipelines that differ only
 * behind it (region prior, decoder, selector) draw their masks without reading the image again. Who aborts leaves the
 * work to those who still wait for it; it stops when nobody does.
 */
export function shareLvlm(lvlm: Lvlm): Lvlm {
  const prefixes = createWorkCache<SharedWork<LvlmPrefix>>(KEPT_PREFIXES);
  const samplesOf = new WeakMap<LvlmPrefix, WorkCache<SharedSample>>();
  return {
    capabilities: lvlm.capabilities,
    sizes: lvlm.sizes,
    prefill(input) {
      const key = stableJson([input.image.sha256, input.question]);
      const start = () => shareWork((signal) => lvlm.prefill({ ...input, signal }));
      return joinWork(prefixes, { key, start, signal: input.signal });
    },
    async sample(prefix, options) {
      const samples = samplesOf.get(prefix) ?? createWorkCache<SharedSample>(KEPT_SAMPLES);
      samplesOf.set(prefix, samples);
      const { paths, seed, temperature, topP, maxTokens, signal, onToken } = options;
      const key = stableJson([paths, seed, temperature, topP, maxTokens]);
      return joinWork(samples, { key, start: () => shareSample(lvlm, prefix, options), signal, onToken });
    },
  };
}

interface Joining<W> {
  readonly key: string;
  readonly start: () => W;
  readonly signal: AbortSignal | undefined;
  readonly onToken?: OnToken | undefined;
}

/** What fails is tried again by the next caller. */
async function joinWork<T, W extends SharedWork<T> & Partial<Pick<SharedSample, 'listen'>>>(
  cache: WorkCache<W>,
  { key, start, signal, onToken }: Joining<W>,
): Promise<T> {
  const work = cache.get(key, start);
  const leave = onToken && work.listen?.(onToken);
  try {
    return await work.wait(signal);
  } catch (error) {
    if (!signal?.aborted) cache.forget(key, work);
    throw error;
  } finally {
    leave?.();
  }
}

function shareSample(lvlm: Lvlm, prefix: LvlmPrefix, options: SampleOptions): SharedSample {
  const tokens: Token[] = [];
  const listeners = new Set<OnToken>();
  const onToken = (token: Token): void => {
    tokens.push(token);
    listeners.forEach((listener) => listener(token));
  };
  // The first token must not come before the first caller listens.
  const started = Promise.resolve();
  const work = shareWork((signal) => started.then(() => lvlm.sample(prefix, { ...options, signal, onToken })));
  return {
    ...work,
    listen(listener) {
      tokens.forEach(listener);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
