import type { PluginDefinition, ServiceReference } from '../contracts/plugin.js';
import { isSim4SegError, toSim4SegError } from '../errors.js';
import { HOST_CONTRACTS } from './contract-version.js';
import type { HostContracts } from './contract-version.js';
import { createContainer } from './di.js';
import type { ServiceContainer } from './di.js';
import { createDisposalStack } from './disposal.js';
import type { DisposalStack } from './disposal.js';
import { resolvePart } from './part-choice.js';
import type { PartChoice, ResolvedPart } from './part-choice.js';
import { createRegistry } from './registry.js';
import type { PluginRegistry } from './registry.js';
import { planWiring } from './wiring.js';

/** The parts of one pipeline; disposing it frees everything that was made for it, the latest first. */
export interface PartScope {
  /** The instance of a service that the config asks for or the host provides. */
  get<T>(service: ServiceReference<T>): T;
  /** All instances of a service, in the order of the config; empty where none was asked for. */
  getAll<T>(service: ServiceReference<T>): readonly T[];
  /** Which plugins were made, with their checked options, in the order of creation. */
  readonly parts: readonly ResolvedPart[];
  dispose(): Promise<void>;
}

/** Holds plugins and services; makes the parts of pipelines, each in a child container of its own. */
export interface PluginHost {
  readonly plugins: readonly PluginDefinition[];
  /** Gives all pipelines a service that no plugin makes, such as the bundle; the host does not dispose it. */
  provide<T>(service: ServiceReference<T>, instance: T): void;
  /** The plugin of a choice and its checked options, without making the part. @throws PLUGIN_MISSING, CONFIG_INVALID */
  resolve(choice: PartChoice): ResolvedPart;
  /**
   * Makes all parts of a pipeline, each after what it needs. When one fails, those made before are disposed.
   * @throws PLUGIN_MISSING, CONFIG_INVALID, WIRING: one error with every problem; PLUGIN_INVALID when a part fails
   */
  createParts(choices: readonly PartChoice[]): Promise<PartScope>;
  /** Frees host services that were built from fallbacks. Dispose the scopes first. */
  dispose(): Promise<void>;
}

/**
 * A host of plugins.
 * @param contracts versions that the host speaks and converters for older ones; those of this release if left out
 * @throws PLUGIN_DUPLICATE, PLUGIN_VERSION, PLUGIN_INVALID
 */
export function createHost(plugins: Iterable<PluginDefinition>, contracts: HostContracts = HOST_CONTRACTS): PluginHost {
  const registry = createRegistry(plugins, contracts);
  const host: Level = { services: createContainer(), made: createDisposalStack() };
  return {
    plugins: registry.all,
    provide: (service, instance) => host.services.set(service, instance),
    resolve: (choice) => resolvePart(choice, registry),
    createParts: async (choices) => {
      const parts = planWiring(choices, registry, host.services);
      const pipeline: Level = { services: host.services.createChild(), made: createDisposalStack() };
      await createInOrder(parts, { host, pipeline, registry });
      return toScope(parts, pipeline);
    },
    dispose: () => closeLevel(host),
  };
}

/** A container with what was made for it. */
interface Level {
  readonly services: ServiceContainer;
  readonly made: DisposalStack;
}

interface Levels {
  readonly host: Level;
  readonly pipeline: Level;
  readonly registry: PluginRegistry;
}

function toScope(parts: readonly ResolvedPart[], pipeline: Level): PartScope {
  return {
    parts,
    get: (service) => pipeline.services.get(service),
    getAll: (service) => pipeline.services.getAll(service),
    dispose: () => closeLevel(pipeline),
  };
}

async function closeLevel({ services, made }: Level): Promise<void> {
  services.clear();
  await made.dispose();
}

async function createInOrder(parts: readonly ResolvedPart[], levels: Levels): Promise<void> {
  try {
    for (const part of parts) await createPart(part, levels);
  } catch (error) {
    // The failure of the part is what the caller must see; a failing disposal behind it would hide it.
    await closeLevel(levels.pipeline).catch(() => undefined);
    throw error;
  }
}

async function createPart({ plugin, options, path }: ResolvedPart, levels: Levels): Promise<void> {
  const needs = Object.fromEntries(
    Object.entries(plugin.needs).map(([name, need]) => [name, serviceFor(need, levels)]),
  );
  try {
    const part = levels.pipeline.made.add(await plugin.create({ needs, options }));
    levels.pipeline.services.set(plugin.provides, levels.registry.upgradeOf(plugin)(part));
  } catch (error) {
    if (isSim4SegError(error)) throw error;
    throw toSim4SegError(error, 'PLUGIN_INVALID', {
      must: `Plugin '${plugin.id}' (${path}) creates its part`,
      fix: 'correct its options, or report this to the author of the plugin',
    });
  }
}

/** A needed service; a fallback is built once for its scope and disposed with it. */
function serviceFor<T>(need: ServiceReference<T>, { host, pipeline }: Levels): T {
  if (pipeline.services.has(need)) return pipeline.services.get(need);
  const level = need.scope === 'host' ? host : pipeline;
  if (need.fallback) level.services.set(need, level.made.add(need.fallback()));
  return level.services.get(need);
}
