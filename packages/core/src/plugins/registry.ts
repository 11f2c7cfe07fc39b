import type { PluginDefinition, PluginKind } from '../contracts/plugin.js';
import { Sim4SegError, isSim4SegError } from '../errors.js';
import { contractUpgrade } from './contract-version.js';
import type { HostContracts, PartUpgrade } from './contract-version.js';
import { isPlugin, pluginKind } from './define-plugin.js';
import { expectNoProblems } from './join-problems.js';

/** Plugins by kind and id. */
export interface PluginRegistry {
  readonly all: readonly PluginDefinition[];
  find(kind: PluginKind, id: string): PluginDefinition | undefined;
  /** Ids of a kind, in the order of registration. */
  ids(kind: PluginKind): readonly string[];
  /** Brings a part of the plugin to the contract version of the host. */
  upgradeOf(plugin: PluginDefinition): PartUpgrade;
}

/**
 * Registers plugins; an id is unique within its kind.
 * @throws one error with every problem: PLUGIN_INVALID for a value that definePlugin did not make, PLUGIN_DUPLICATE when
 * two plugins of a kind carry one id, PLUGIN_VERSION when a plugin was made for other versions of its contract and nothing
 * converts its parts
 */
export function createRegistry(plugins: Iterable<PluginDefinition>, contracts: HostContracts): PluginRegistry {
  const { registry, problems } = registerPlugins(plugins, contracts);
  expectNoProblems(problems);
  return registry;
}

/** Registers the plugins that can be, and says what is wrong with the others. */
export function registerPlugins(
  plugins: Iterable<PluginDefinition>,
  contracts: HostContracts,
): { registry: PluginRegistry; problems: Sim4SegError[] } {
  const byKey = new Map<string, PluginDefinition>();
  const upgrades = new Map<PluginDefinition, PartUpgrade>();
  const problems: Sim4SegError[] = [];
  for (const plugin of plugins) {
    try {
      expectPlugin(plugin);
      const upgrade = expectVersion(plugin, contracts);
      const key = `${pluginKind(plugin)}:${plugin.id}`;
      if (byKey.has(key)) throw duplicate(plugin);
      byKey.set(key, plugin);
      upgrades.set(plugin, upgrade);
    } catch (error) {
      if (!isSim4SegError(error)) throw error;
      problems.push(error);
    }
  }
  return { registry: toRegistry(byKey, upgrades), problems };
}

function toRegistry(
  byKey: ReadonlyMap<string, PluginDefinition>,
  upgrades: ReadonlyMap<PluginDefinition, PartUpgrade>,
): PluginRegistry {
  const all = [...byKey.values()];
  return {
    all,
    find: (kind, id) => byKey.get(`${kind}:${id}`),
    ids: (kind) => all.filter((plugin) => pluginKind(plugin) === kind).map((plugin) => plugin.id),
    upgradeOf: (plugin) => upgrades.get(plugin) ?? ((part) => part),
  };
}

function expectPlugin(plugin: unknown): void {
  if (isPlugin(plugin)) return;
  throw new Sim4SegError('PLUGIN_INVALID', {
    must: 'A plugin is a value made by definePlugin',
    got: typeof plugin,
    fix: 'export the result of definePlugin({...}) by name',
  });
}

function expectVersion(plugin: PluginDefinition, contracts: HostContracts): PartUpgrade {
  const kind = pluginKind(plugin);
  const range = plugin.contractVersion;
  const upgrade = contractUpgrade({ kind, range }, contracts);
  if (upgrade) return upgrade;
  const version = contracts.versions[kind];
  throw new Sim4SegError('PLUGIN_VERSION', {
    must: `Plugin '${plugin.id}' accepts version ${version} of the contract '${kind}', or an older one that is converted`,
    got: `it was made for '${range}'`,
    fix: `install a version of the plugin for contract ${version}, or the sim4seg that the plugin was made for`,
  });
}

function duplicate(plugin: PluginDefinition): Sim4SegError {
  return new Sim4SegError('PLUGIN_DUPLICATE', {
    must: `Only one plugin of the kind '${pluginKind(plugin)}' carries the id '${plugin.id}'`,
    got: 'a second registration',
    fix: 'name the package once under plugins; shipped plugins need no entry; give your own plugin an id of its own',
  });
}
