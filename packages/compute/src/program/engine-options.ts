import type { EngineConfig } from '@sim4seg/core';
import type { Provider } from '../session/providers.js';
import { importTensorflow } from './tensorflow-module.js';

/** How `compile` and `createTrainStep` are told what executes. */
export type EngineOptions =
  | { readonly engine: 'ort'; readonly session: { readonly providers: readonly Provider[] } }
  | { readonly engine: 'eager'; readonly backend: string };

/**
 * The `engine` of a config tree as options of `compile` and `createTrainStep`; the optional package that a back end
 * needs is imported here. Whether a provider is there shows when a graph is opened.
 * @throws ENGINE_MISSING naming the package that is not installed
 */
export async function engineOptions(config: EngineConfig): Promise<EngineOptions> {
  if (config.use === 'ort') return { engine: 'ort', session: { providers: config.providers as readonly Provider[] } };
  const { backend, module } = config;
  if (backend === 'tensorflow') await importTensorflow(module);
  return { engine: 'eager', backend };
}
