import { pathToFileURL } from 'node:url';
import { Sim4SegError, expectNoProblems, isSim4SegError } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { resolvePluginModule } from './module-path.js';
import type { ModuleFolders } from './module-path.js';

/** The plugins of the modules that could be loaded, and what is wrong with the others. */
export interface FoundPlugins {
  readonly plugins: readonly PluginDefinition[];
  readonly problems: readonly Sim4SegError[];
}

/**
 * Imports the modules that a config names under `plugins:` and collects the plugin values that they export. Problems:
 * PATH_OUTSIDE, PLUGIN_MISSING, PLUGIN_INVALID (cannot be imported, or exports no plugin).
 */
export async function findPluginModules(entries: readonly string[], folders: ModuleFolders): Promise<FoundPlugins> {
  const modules = await Promise.allSettled(entries.map((entry) => loadPluginModule(entry, folders)));
  const problems = modules.flatMap((found) => (found.status === 'rejected' ? [expectKnown(found.reason)] : []));
  return { plugins: modules.flatMap((found) => (found.status === 'fulfilled' ? found.value : [])), problems };
}

/** The same for who wants all or none. @throws one error with every problem */
export async function loadPluginModules(
  entries: readonly string[],
  folders: ModuleFolders,
): Promise<readonly PluginDefinition[]> {
  const { plugins, problems } = await findPluginModules(entries, folders);
  expectNoProblems(problems);
  return plugins;
}

function expectKnown(error: unknown): Sim4SegError {
  if (isSim4SegError(error)) return error;
  throw error;
}

async function loadPluginModule(entry: string, folders: ModuleFolders): Promise<PluginDefinition[]> {
  const file = await resolvePluginModule(entry, folders);
  const exported = await importModule(entry, file);
  const plugins = [...new Set(Object.values(exported).filter(isPlugin))];
  if (plugins.length > 0) return plugins;
  throw invalid(entry, `it exports ${Object.keys(exported).join(', ') || 'nothing'}, none of them a plugin`);
}

async function importModule(entry: string, file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (cause) {
    throw invalid(entry, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** By form, not by class: a plugin may come from another copy of the packages. */
function isPlugin(value: unknown): value is PluginDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const { id, create, provides, contractVersion } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    typeof create === 'function' &&
    typeof provides === 'object' &&
    typeof contractVersion === 'string'
  );
}

function invalid(entry: string, reason: string, cause?: unknown): Sim4SegError {
  return new Sim4SegError('PLUGIN_INVALID', {
    must: 'A module named under plugins: must export plugin values made by definePlugin',
    got: `${JSON.stringify(entry.slice(0, 200))}: ${reason}`,
    fix: 'look at examples/plugin-otsu-prior, or leave the entry out',
    cause,
  });
}
