import {
  applySets,
  createHost,
  expectNoProblems,
  findProblems,
  mergeConfig,
  parseConfig,
  pipelineChoices,
  resolveConfig,
  services,
} from '@sim4seg/core';
import type { Config, ConfigTree, EngineConfig, PluginDefinition, PluginHost, Sim4SegError } from '@sim4seg/core';
import { openBundle } from '@sim4seg/compute/bundle';
import type { OpenBundle } from '@sim4seg/compute/bundle';
import type { Announce, RuntimeOptions } from '@sim4seg/compute/runtime';
import { VERSION } from '../version.js';
import { findPluginModules } from '../config/plugin-modules.js';
import { bundlesFolderOf } from './load-bundle.js';
import { expectDtype, onDevice } from './open-options.js';
import type { OpenModelOptions } from './open-options.js';
import { EMBEDDED_BUNDLE, PRODUCT_PRESET } from './presets.js';
import { shareParts } from './shared-parts.js';
import { graphsOnEngine } from './engine-graphs.js';
import { loadShippedPlugins } from './shipped-plugins.js';

/** A bundle, the plugins that may work on it, and the complete config. */
export interface OpenModel {
  readonly bundle: OpenBundle;
  readonly host: PluginHost;
  readonly config: Config;
  /** The engine that computes: that of the config, or the one that had to replace it. */
  engine(): EngineConfig;
  /** Version of the package that a plugin id came from, where known. */
  readonly pluginVersions: Readonly<Record<string, string>>;
  /** The complete config with another tree on top. @throws CONFIG_INVALID */
  configWith(tree: ConfigTree): Config;
  close(): Promise<void>;
}

/**
 * Opens bundle and plugins side by side.
 * @throws CONFIG_INVALID, BUNDLE_MISSING, BUNDLE_DAMAGED, PLUGIN_MISSING, PLUGIN_DUPLICATE, PLUGIN_VERSION, PATH_OUTSIDE,
 *   ENGINE_MISSING, DOWNLOAD_FAILED
 */
export async function openModel(tree: unknown, options: OpenModelOptions = {}): Promise<OpenModel> {
  const asked = onDevice(parseConfig(applySets(parseConfig(tree), options.set ?? [])), options.device);
  const folder = options.folder ?? process.cwd();
  const engine = runtimeOptions(asked, options);
  const from = [folder, process.cwd()];
  const found = { from, engine, cacheFolder: bundlesFolderOf(options.cacheFolder), onProgress: options.onDownload };
  const opening = openBundle(asked.bundle ?? EMBEDDED_BUNDLE, found);
  const shipped = loadShippedPlugins();
  const own = findPluginModules(asked.plugins ?? [], { configFolder: folder, workingFolder: process.cwd() });
  const plugins = Promise.all([shipped, own]).then(([a, b]) => ({
    shipped: a,
    own: [...b.plugins, ...(options.plugins ?? [])],
    problems: b.problems,
  }));
  const [bundle, registered] = await bothOrNone(opening, plugins);
  try {
    expectDtype(bundle.manifest, options.dtype);
    return await assemble(bundle, registered, { asked, onAnnounce: options.onAnnounce });
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

interface Registered {
  readonly shipped: readonly PluginDefinition[];
  readonly own: readonly PluginDefinition[];
  /** What is wrong with modules that the config names. */
  readonly problems: readonly Sim4SegError[];
}

interface Asked {
  readonly asked: ConfigTree;
  readonly onAnnounce: Announce | undefined;
}

async function assemble(
  bundle: OpenBundle,
  { shipped, own, problems }: Registered,
  { asked, onAnnounce }: Asked,
): Promise<OpenModel> {
  const preset = mergeConfig(PRODUCT_PRESET, bundle.manifest.config as ConfigTree);
  const config = resolveConfig(asked, preset);
  const draft = { plugins: [...shipped, ...own], choices: pipelineChoices(config), provided: [services.bundle] };
  expectNoProblems([...problems, ...findProblems(draft)]);
  const shared = shareParts(draft.plugins);
  const host = createHost(shared.plugins);
  const { graphs, used } = await graphsOnEngine(bundle, config, { own, onAnnounce });
  host.provide(services.bundle, { ...bundle, graphs });
  return {
    bundle,
    host,
    config,
    engine: used,
    pluginVersions: Object.fromEntries(shipped.map(({ id }) => [id, VERSION])),
    configWith: (tree) => resolveConfig(mergeConfig(asked, tree), preset),
    close: async () => {
      await shared.dispose();
      await host.dispose();
      await bundle.close();
    },
  };
}

async function bothOrNone<T>(opening: Promise<OpenBundle>, other: Promise<T>): Promise<[OpenBundle, T]> {
  const [bundle, rest] = await Promise.allSettled([opening, other]);
  if (bundle.status === 'fulfilled' && rest.status === 'fulfilled') return [bundle.value, rest.value];
  if (bundle.status === 'fulfilled') await bundle.value.close();
  throw rest.status === 'rejected' ? rest.reason : (bundle as PromiseRejectedResult).reason;
}

function runtimeOptions({ engine }: ConfigTree, options: OpenModelOptions): RuntimeOptions {
  const providers = engine?.use === 'tfjs' ? undefined : engine?.providers;
  return {
    mode: options.runIn ?? 'worker',
    cacheFolder: options.cacheFolder,
    onAnnounce: options.onAnnounce,
    // Unknown names are refused when the first graph opens.
    ...(providers && { providers: providers as NonNullable<RuntimeOptions['providers']> }),
  };
}
