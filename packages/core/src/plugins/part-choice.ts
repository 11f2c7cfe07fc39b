import { z } from 'zod';
import type { PluginDefinition, ServiceReference } from '../contracts/plugin.js';
import { Sim4SegError } from '../errors.js';
import { suggest } from '../text/suggest.js';
import type { pluginKind } from './define-plugin.js';
import type { PluginRegistry } from './registry.js';

/** One part that a config asks for: the plugin `use` for a service, with its options still unchecked. */
export interface PartChoice {
  /** Where the config says so, such as `regionPrior` or `scorers.0`. */
  readonly path: string;
  readonly service: ServiceReference<unknown>;
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Settings of the whole config, such as `compat`: given to plugins whose options have such a key and leave it out. */
  readonly inherited?: Readonly<Record<string, unknown>>;
}

/** A choice whose plugin is there and whose options hold. */
export interface ResolvedPart {
  readonly path: string;
  readonly plugin: PluginDefinition;
  readonly options: unknown;
}

/**
 * Finds the plugin of a choice and checks the options by the plugin's own schema.
 * @throws PLUGIN_MISSING with what is there
 * @throws CONFIG_INVALID with path, value and fix for each option that does not hold
 */
export function resolvePart(choice: PartChoice, registry: PluginRegistry): ResolvedPart {
  const kind = choice.service.id as ReturnType<typeof pluginKind>;
  const plugin = registry.find(kind, choice.use);
  if (!plugin) throw missingPlugin(choice, registry.ids(kind));
  const parsed = plugin.optionsSchema.safeParse({ ...inheritedBy(plugin, choice), ...choice.options });
  if (!parsed.success) throw invalidOptions(choice, parsed.error.issues);
  return { path: choice.path, plugin, options: parsed.data };
}

function inheritedBy({ optionsSchema }: PluginDefinition, { inherited = {} }: PartChoice): Record<string, unknown> {
  const shape = optionsSchema instanceof z.ZodObject ? optionsSchema.shape : {};
  return Object.fromEntries(Object.entries(inherited).filter(([key]) => Object.hasOwn(shape, key)));
}

function missingPlugin({ path, use }: PartChoice, there: readonly string[]): Sim4SegError {
  return new Sim4SegError('PLUGIN_MISSING', {
    must: `${path} uses a registered plugin`,
    got: `'${use}'; there is: ${there.join(', ') || 'none of this kind'}`,
    fix: suggest(use, there) ?? 'choose one of these, or name the package of the plugin under plugins',
  });
}

function invalidOptions({ path, options }: PartChoice, issues: readonly z.core.$ZodIssue[]): Sim4SegError {
  const lines = issues.map((issue) => {
    const at = [path, ...issue.path.map(String)].join('.');
    const value = issue.path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown>)?.[key], options);
    return `${at}: ${issue.message} (value ${JSON.stringify(value) ?? 'missing'})`;
  });
  return new Sim4SegError('CONFIG_INVALID', {
    must: `The options of ${path} hold`,
    got: lines.join('; '),
    fix: 'correct these values; `sim4seg plugins list` shows the options of each plugin',
  });
}
