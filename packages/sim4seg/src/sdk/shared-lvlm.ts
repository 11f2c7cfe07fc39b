import { stableJson } from '@sim4seg/core';
import type { Lvlm, LvlmPrefix, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { createCache } from './cache.js';

const KEPT_PREFIXES = 4;
const KEPT_SAMPLES = 8;

type Token = Parameters<NonNullable<SampleOptions['onToken']>>[0];

interface KeptSample {
  readonly paths: readonly ReasoningPath[];
  readonly tokens: readonly Token[];
}

/**
 * An LVLM that answers a repeated question about a repeated image from what it said before: pipelines that differ only
 * behind it (region prior, decoder, selector) draw their masks without reading the image again. Kept tokens are given
 * once more, in order.
 */
export function shareLvlm(lvlm: Lvlm): Lvlm {
  const prefixes = createCache<LvlmPrefix>(KEPT_PREFIXES);
  const samplesOf = new WeakMap<LvlmPrefix, ReturnType<typeof createCache<KeptSample>>>();
  return {
    capabilities: lvlm.capabilities,
    sizes: lvlm.sizes,
    prefill: (input) => prefixes.get(stableJson([input.image.sha256, input.question]), () => lvlm.prefill(input)),
    async sample(prefix, options) {
      const samples = samplesOf.get(prefix) ?? createCache<KeptSample>(KEPT_SAMPLES);
      samplesOf.set(prefix, samples);
      const { paths, seed, temperature, topP, maxTokens, onToken } = options;
      let isNew = false;
      const make = (): Promise<KeptSample> => {
        isNew = true;
        return sampleAndKeep(lvlm, prefix, options);
      };
      const kept = await samples.get(stableJson([paths, seed, temperature, topP, maxTokens]), make);
      if (!isNew) kept.tokens.forEach((token) => onToken?.(token));
      return kept.paths;
    },
  };
}

async function sampleAndKeep(lvlm: Lvlm, prefix: LvlmPrefix, options: SampleOptions): Promise<KeptSample> {
  const tokens: Token[] = [];
  const onToken = (token: Token): void => {
    tokens.push(token);
    options.onToken?.(token);
  };
  return { paths: await lvlm.sample(prefix, { ...options, onToken }), tokens };
}
