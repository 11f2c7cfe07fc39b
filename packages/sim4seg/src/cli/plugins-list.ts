import { createHost, pluginKind } from '@sim4seg/core';
import type { PluginDefinition } from '@sim4seg/core';
import { loadPluginModules } from '../config/plugin-modules.js';
import { loadShippedPlugins } from '../sdk/shipped-plugins.js';
import { chooseConfig } from './options.js';

interface PluginsListOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** `sim4seg plugins list`. @throws PLUGIN_MISSING, PLUGIN_DUPLICATE, PLUGIN_VERSION, CONFIG_INVALID */
export async function pluginsListCommand(options: PluginsListOptions): Promise<void> {
  const { tree, folder } = await chooseConfig(options);
  const shipped = await loadShippedPlugins();
  const own = await loadPluginModules(tree.plugins ?? [], { configFolder: folder, workingFolder: process.cwd() });
  const { plugins } = createHost([...shipped, ...own]);
  const rows = plugins
    .map((plugin) => describe(plugin, own.includes(plugin)))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1));
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else
    process.stdout.write(
      rows
        .map(
          ({ kind, id, from, options: o }) => `${kind.padEnd(15)} ${id.padEnd(20)} ${from.padEnd(8)} ${o.join(', ')}\n`,
        )
        .join(''),
    );
}

interface PluginRow {
  readonly kind: string;
  readonly id: string;
  readonly contractVersion: string;
  readonly from: 'shipped' | 'config';
  readonly options: readonly string[];
}

function describe(plugin: PluginDefinition, isOwn: boolean): PluginRow {
  const shape = (plugin.optionsSchema as { shape?: Record<string, unknown> }).shape ?? {};
  return {
    kind: pluginKind(plugin),
    id: plugin.id,
    contractVersion: plugin.contractVersion,
    from: isOwn ? 'config' : 'shipped',
    options: Object.keys(shape),
  };
}
