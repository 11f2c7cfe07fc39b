import { Sim4SegError, applySets, createHost, mergeConfig, parseConfig, resolveConfig, services } from '@sim4seg/core';
import type { Config, ConfigTree, ModelBundle, PluginDefinition, PluginHost } from '@sim4seg/core';
import { openBundle } from '@sim4seg/compute/bundle';
import type { OpenBundle } from '@sim4seg/compute/bundle';
import { VERSION } from '../version.js';
import { loadPluginModules } from '../config/plugin-modules.js';
import { EMBEDDED_BUNDLE, PRODUCT_PRESET } from './presets.js';
import { shareParts } from './shared-parts.js';
import { loadShippedPlugins, loadTrainablePlugins } from './shipped-plugins.js';
import { graphsToWarm } from './warm-graphs.js';

/** What a model is opened with besides its config tree. */
export interface OpenModelOptions {
  /** Where `plugins:` and relative bundle paths of the config resolve from; the working folder if left out. */
  readonly folder?: string | undefined;
  /** Plugin values that are registered beside the shipped ones. */
  readonly plugins?: readonly PluginDefinition[] | undefined;
  /** Assignments such as `regionPrior.topN=24` on top of the tree. */
  readonly set?: readonly string[] | undefined;
}

/** A bundle, the plugins that may work on it, and the complete config. */
export interface OpenModel {
  readonly bundle: OpenBundle;
  readonly host: PluginHost;
  readonly config: Config;
  /** Version of the package that a plugin id came from, where known. */
  readonly pluginVersions: Readonly<Record<string, string>>;
  /** The complete config with another tree on top. @throws CONFIG_INVALID */
  configWith(tree: ConfigTree): Config;
  close(): Promise<void>;
}

/**
 * Opens bundle and plugins side by side.
 * @throws CONFIG_INVALID, BUNDLE_MISSING, BUNDLE_DAMAGED, PLUGIN_MISSING, PLUGIN_DUPLICATE, PLUGIN_VERSION, PATH_OUTSIDE,
 *   ENGINE_MISSING
 */
export async function openModel(tree: unknown, options: OpenModelOptions = {}): Promise<OpenModel> {
  const asked = parseConfig(applySets(parseConfig(tree), options.set ?? []));
  const folder = options.folder ?? process.cwd();
  const opening = openBundle(asked.bundle ?? EMBEDDED_BUNDLE, { from: [folder, process.cwd()] });
  const shipped = loadShippedPlugins();
  const own = loadPluginModules(asked.plugins ?? [], { configFolder: folder, workingFolder: process.cwd() });
  const plugins = Promise.all([shipped, own]).then(([a, b]) => ({
    shipped: a,
    own: [...b, ...(options.plugins ?? [])],
  }));
  const [bundle, registered] = await bothOrNone(opening, plugins);
  try {
    return await assemble(bundle, registered, asked);
  } catch (error) {
    await bundle.close();
    throw error;
  }
}

interface Registered {
  readonly shipped: readonly PluginDefinition[];
  readonly own: readonly PluginDefinition[];
}

async function assemble(bundle: OpenBundle, { shipped, own }: Registered, asked: ConfigTree): Promise<OpenModel> {
  const preset = mergeConfig(PRODUCT_PRESET, bundle.manifest.config as ConfigTree);
  const config = resolveConfig(asked, preset);
  const shared = shareParts([...shipped, ...own]);
  const host = createHost(shared.plugins);
  host.provide(services.bundle, await withEngine(bundle, config, own));
  return {
    bundle,
    host,
    config,
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

/** The bundle on the engine of the config: compiled graphs, or their programs on tfjs. */
async function withEngine(
  bundle: OpenBundle,
  config: Config,
  own: readonly PluginDefinition[],
): Promise<OpenBundle | ModelBundle> {
  const { engine } = config;
  if (engine.use === 'tfjs') {
    const { createEagerGraphs } = await import('./eager-graphs.js');
    const plugins = [...(await loadTrainablePlugins()), ...own];
    return { ...bundle, graphs: await createEagerGraphs(bundle, engine, plugins) };
  }
  expectCpu(engine.providers);
  // A graph that does not load is reported by the part that runs it.
  bundle.warm(graphsToWarm(Object.keys(bundle.manifest.graphs), config)).catch(() => undefined);
  return bundle;
}

function expectCpu(providers: readonly string[]): void {
  if (providers.every((provider) => provider === 'cpu')) return;
  throw new Sim4SegError('ENGINE_MISSING', {
    must: "Answering runs compiled graphs on the provider 'cpu'",
    got: providers.join(', '),
    fix: 'leave engine out of the config; `sim4seg doctor` shows what this computer has',
  });
}
