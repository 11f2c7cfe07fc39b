import { createHost, createPipeline, partsOf, pipelineChoices, pluginKind, resolveConfig } from '@sim4seg/core';
import type { Answer, AnswerRequest, ConfigTree, LabelVocabulary, PartScope, PluginDefinition } from '@sim4seg/core';
import type { ProvidedService } from '../conform/suite.js';
import { FAKE_PLUGINS } from './fake-plugins.js';
import { fakeImage } from './small-world.js';

/** What a test brings; everything else is a fake. */
export interface TestPipelineSettings {
  /** Plugins on trial, beside the fakes. */
  readonly plugins?: readonly PluginDefinition[] | undefined;
  /** Config on top of one that chooses, for each kind, the plugin on trial, or the fake where there is none. */
  readonly config?: ConfigTree | undefined;
  /** Services that the plugins need, such as a bundle. */
  readonly services?: readonly ProvidedService[] | undefined;
  readonly labels?: LabelVocabulary | undefined;
}

/** A pipeline that runs, its parts, and what frees them. */
export interface TestPipeline {
  readonly scope: PartScope;
  answer(request?: Partial<AnswerRequest>): Promise<Answer>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a pipeline as the product does, from plugins and a config, with fakes for what a test does not bring.
 * @throws PLUGIN_MISSING, PLUGIN_VERSION, CONFIG_INVALID, WIRING
 * @example const pipeline = await startTestPipeline({ plugins: [myPrior] });
 */
export async function startTestPipeline(settings: TestPipelineSettings = {}): Promise<TestPipeline> {
  const { plugins = [], config = {}, services = [], labels = {} } = settings;
  const host = createHost([...Object.values(FAKE_PLUGINS), ...plugins]);
  for (const { service, instance } of services) host.provide(service, instance);
  const resolved = resolveConfig(config, partsFor(plugins));
  const scope = await host.createParts(pipelineChoices(resolved));
  const close = async (): Promise<void> => {
    await scope.dispose();
    await host.dispose();
  };
  try {
    const pipeline = createPipeline(partsOf(scope, labels), { tts: resolved.tts });
    const asked = { image: fakeImage(), question: 'Is there a lesion?', seed: 1 };
    const answer = (request: Partial<AnswerRequest> = {}): Promise<Answer> => pipeline.answer({ ...asked, ...request });
    return { scope, answer, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Single parts by the key of the config, with the kind that goes there. */
const SINGLE_KEYS = {
  lvlm: 'lvlm',
  regionPrior: 'region-prior',
  imageEncoder: 'image-encoder',
  promptEncoder: 'prompt-encoder',
  maskDecoder: 'mask-decoder',
  presence: 'presence-judge',
  selector: 'selector',
} as const;

function partsFor(plugins: readonly PluginDefinition[]): ConfigTree {
  const ofKind = (kind: string): { use: string }[] =>
    plugins.filter((plugin) => pluginKind(plugin) === kind).map(({ id }) => ({ use: id }));
  const single = Object.entries(SINGLE_KEYS).map(([key, kind]) => [key, ofKind(kind)[0] ?? { use: 'fake' }]);
  return {
    ...(Object.fromEntries(single) as ConfigTree),
    scorers: ofKind('scorer'),
    observers: ofKind('observer'),
    importer: { use: 'fake' },
  };
}
