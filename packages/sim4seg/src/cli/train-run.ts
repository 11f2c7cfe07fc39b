import { resolve } from 'node:path';
import { createHost, resolveConfig } from '@sim4seg/core';
import type { ConfigTree } from '@sim4seg/core';
import { train } from '@sim4seg/trainer';
import type { ProductOpener, TrainConfig, TrainingObserver, TrainResult } from '@sim4seg/trainer';
import { loadPluginModules } from '../config/plugin-modules.js';
import { PRODUCT_PRESET } from '../sdk/presets.js';
import { loadTrainablePlugins } from '../sdk/shipped-plugins.js';
import { chooseConfig } from './options.js';

/** Options of `sim4seg train`. */
export interface TrainRunOptions {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly set: readonly string[];
}

export interface TrainRunSurroundings {
  readonly observe: TrainingObserver;
  readonly signal?: AbortSignal;
  /** Prepares batches in a thread of its own (default) or in this one. */
  readonly threaded?: boolean;
}

/**
 * Trains with the same plugin values, through the same host, as the product answers with.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID, PLUGIN_MISSING, PLUGIN_DUPLICATE and the codes of `train`
 */
export async function trainRun(options: TrainRunOptions, surroundings: TrainRunSurroundings): Promise<TrainResult> {
  const { tree, folder } = await chooseConfig(options);
  const config = resolveConfig(tree, PRODUCT_PRESET);
  const own = await loadPluginModules(config.plugins, { configFolder: folder, workingFolder: process.cwd() });
  const host = createHost([...(await loadTrainablePlugins()), ...own]);
  return train({
    ...surroundings,
    openProduct: productOpener(tree, folder),
    config: config as unknown as TrainConfig,
    plugins: host.plugins,
    out: options.out,
    baseFolder: folder,
    resume: options.resume ?? false,
  });
}

/** The product as users meet it, on the bundle of the moment; answering code loads when it is first asked. */
function productOpener({ plugins, seed }: ConfigTree, folder: string): ProductOpener {
  return async (bundle) => {
    const [{ createSim4Seg }, { caseAnswerer }] = await Promise.all([
      import('../sdk/create-sim4seg.js'),
      import('../sdk/case-answerer.js'),
    ]);
    const chosen = { ...(plugins && { plugins }), ...(seed !== undefined && { seed }) };
    const model = await createSim4Seg({ ...chosen, bundle: resolve(bundle) }, { folder });
    return { answer: caseAnswerer(model), close: () => model.close() };
  };
}
