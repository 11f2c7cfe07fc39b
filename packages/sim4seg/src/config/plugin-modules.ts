import { pathToFileURL } from 'node:url';
import { Sim4SegError } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { resolvePluginModule } from './module-path.js';
import type { ModuleFolders } from './module-path.js';

/**
 * Imports the modules that a config names under `plugins:` and collects the plugin values that they export.
 * @throws PATH_OUTSIDE, PLUGIN_MISSING, PLUGIN_INVALID (cannot be imported, or exports no plugin)
 */
export async function loadPluginModules(
  entries: readonly string[],
  folders: ModuleFolders,
): Promise<PluginDefinition[]> {
  const modules = await Promise.all(entries.map((entry) => loadPluginModule(entry, folders)));
  return modules.flat();
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
