import { join } from 'node:path';
import { createHost, resolveConfig, services, toPartChoice } from '@sim4seg/core';
import type { PartConfig } from '@sim4seg/core';
import { writeCases } from '@sim4seg/data';
import { loadPluginModules } from '../config/plugin-modules.js';
import { PRODUCT_PRESET } from '../sdk/presets.js';
import { loadShippedPlugins } from '../sdk/shipped-plugins.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig, usage } from './options.js';

interface DataImportOptions {
  readonly use?: string;
  readonly options?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly out: string;
}

/**
 * `sim4seg data import`: what an importer opens becomes a case folder, or a folder of them where it opens several.
 * @throws USAGE, PLUGIN_MISSING, CONFIG_INVALID, FOLDER_EMPTY, CASES_INVALID, PATH_OUTSIDE, WRITE_FAILED, ABORTED
 */
export async function dataImportCommand(source: string, options: DataImportOptions): Promise<void> {
  const { tree, folder } = await chooseConfig(options);
  const own = await loadPluginModules(tree.plugins ?? [], { configFolder: folder, workingFolder: process.cwd() });
  const host = createHost([...(await loadShippedPlugins()), ...own]);
  const part = importerPart(resolveConfig(tree, PRODUCT_PRESET).importer, options);
  const scope = await host.createParts([toPartChoice('importer', services.importer, part)]);
  try {
    const datasets = await scope.get(services.importer).open(source);
    for (const dataset of datasets) {
      const out = datasets.length === 1 ? options.out : join(options.out, dataset.name);
      const cases = await writeCases(dataset, { out, signal: interruptSignal() });
      process.stdout.write(`${dataset.name}: ${cases} cases in ${out}\n`);
    }
  } finally {
    await scope.dispose();
  }
}

/** The importer of the config, or the one that the command names. */
function importerPart(configured: PartConfig, { use, options }: DataImportOptions): PartConfig {
  const given = options === undefined ? {} : objectOf(options);
  if (use !== undefined && use !== configured.use) return { ...given, use };
  return { ...configured, ...given, use: configured.use };
}

function objectOf(json: string): Record<string, unknown> {
  try {
    const value = JSON.parse(json) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  const example = `--options '{"modality":"dermoscopy","anatomy":"skin","target":"lesion"}'`;
  throw usage('--options must be a JSON object', json, `write for example ${example}`);
}
