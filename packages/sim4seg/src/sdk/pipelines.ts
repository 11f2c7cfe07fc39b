import { createPipeline, partsOf, pipelineChoices, stableJson } from '@sim4seg/core';
import type { Config, PartScope, Pipeline } from '@sim4seg/core';
import { createCache } from './cache.js';
import { maskThresholdOf } from './mask-threshold.js';
import type { OpenModel } from './model.js';

/** A pipeline with the parts that were made for it. */
export interface MadePipeline {
  readonly pipeline: Pipeline;
  readonly scope: PartScope;
  readonly config: Config;
}

/** Pipelines by config; what makes two configs need two pipelines is their parts alone. */
export interface Pipelines {
  of(config: Config): Promise<MadePipeline>;
  dispose(): Promise<void>;
}

const KEPT_PIPELINES = 6;

export function createPipelines(model: OpenModel): Pipelines {
  const kept = createCache<MadePipeline>(KEPT_PIPELINES, ({ scope }) => void scope.dispose().catch(() => undefined));
  return {
    of: (config) => kept.get(stableJson(pipelineChoices(config)), () => makePipeline(model, config)),
    dispose: async () => {
      for (const made of kept.values())
        await made.then(
          ({ scope }) => scope.dispose(),
          () => undefined,
        );
    },
  };
}

async function makePipeline({ host, bundle }: OpenModel, config: Config): Promise<MadePipeline> {
  const scope = await host.createParts(pipelineChoices(config));
  try {
    const settings = { tts: config.tts, maskThreshold: maskThresholdOf(bundle.manifest.thresholds) };
    return { pipeline: createPipeline(partsOf(scope, bundle.labels), settings), scope, config };
  } catch (error) {
    await scope.dispose();
    throw error;
  }
}
