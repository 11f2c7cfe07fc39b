import type { PluginDefinition, PluginKind, ServiceReference } from '../contracts/plugin.js';
import { contractVersions } from '../contracts/services.js';
import { Sim4SegError } from '../errors.js';

const MARK = Symbol.for('sim4seg.plugin');

type Needs = Readonly<Record<string, ServiceReference<unknown>>>;

/**
 * Declares a plugin: a value that says what it needs and provides, and how it is made. Export it by name from an npm
 * package; config selects it by `use: '<id>'` under the key of its kind.
 * @throws PLUGIN_INVALID when the id is no kebab-case word or the service is of no plugin kind
 */
export function definePlugin<T, N extends Needs, O>(definition: PluginDefinition<T, N, O>): PluginDefinition<T, N, O> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\/[a-z0-9-]+)?$/i.test(definition.id)) {
    throw invalid(`a plugin id is words joined by '-'`, `'${definition.id}'`);
  }
  if (!Object.hasOwn(contractVersions, definition.provides.id)) {
    const kinds = Object.keys(contractVersions).join(', ');
    throw invalid(
      `plugin '${definition.id}' provides a service of one of the kinds ${kinds}`,
      `'${definition.provides.id}'`,
    );
  }
  return Object.freeze(Object.defineProperty({ ...definition }, MARK, { value: true }));
}

/** Tells whether a value of a module is a plugin, also one made by another copy of this package. */
export function isPlugin(value: unknown): value is PluginDefinition {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[MARK] === true;
}

/** The kind of a plugin: that of the service it provides. */
export function pluginKind(plugin: PluginDefinition): PluginKind {
  return plugin.provides.id as PluginKind;
}

function invalid(must: string, got: string): Sim4SegError {
  return new Sim4SegError('PLUGIN_INVALID', { must, got, fix: 'correct the declaration of the plugin' });
}
