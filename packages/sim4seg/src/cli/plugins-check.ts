import {
  Sim4SegError,
  createHost,
  dataChoices,
  pipelineChoices,
  pluginKind,
  services,
  toPartChoice,
} from '@sim4seg/core';
import type { Config, ImageEncoder, PartChoice, PluginDefinition, PluginHost, PromptEncoder } from '@sim4seg/core';
import type { ConformReport, ConformSettings } from '@sim4seg/testing';
import { loadPluginModules } from '../config/plugin-modules.js';
import { openModel } from '../sdk/model.js';
import { loadShippedPlugins } from '../sdk/shipped-plugins.js';
import { conformTable, conformFailures } from './conform-text.js';
import { chooseConfig, usage } from './options.js';

interface PluginsCheckOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly bundle?: string;
  readonly options?: string;
  readonly source?: string;
  readonly json?: boolean;
}

/** What is checked, and what it is checked with. */
interface Subject {
  readonly plugin: PluginDefinition;
  readonly settings: ConformSettings;
}

/**
 * `sim4seg plugins check`: runs the conformance suite of each plugin that a package exports, or of each part that a config
 * chooses; prints a table.
 * @throws PLUGIN_INVALID where a check failed; USAGE, PLUGIN_MISSING, PLUGIN_VERSION, CONFIG_INVALID, BUNDLE_MISSING
 */
export async function pluginsCheckCommand(target: string | undefined, options: PluginsCheckOptions): Promise<void> {
  if (target !== undefined && options.config !== undefined) {
    throw usage('either a package or --config is named', `${target} and --config`, 'leave one of them out');
  }
  const reports =
    options.config === undefined ? await checkPackage(target ?? './', options) : await checkConfig(options);
  process.stdout.write(options.json ? `${JSON.stringify(reports, null, 2)}\n` : conformTable(reports));
  const failed = reports.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  throw new Sim4SegError('PLUGIN_INVALID', {
    must: 'Every checked plugin keeps the contract of its kind',
    got: conformFailures(failed),
    fix: 'correct each of them; the README of @sim4seg/testing describes the checks',
  });
}

/** Plugins of a package, alone: with a bundle only where they need one. */
async function checkPackage(target: string, options: PluginsCheckOptions): Promise<ConformReport[]> {
  const folder = process.cwd();
  const plugins = await loadPluginModules([target], { configFolder: folder, workingFolder: folder });
  createHost(plugins); // Refuses other contract versions and ids that come twice, with both named.
  const needsBundle = plugins.some(({ needs }) => Object.values(needs).some(({ id }) => id === services.bundle.id));
  const settings = { options: parseOptions(options.options), source: options.source };
  if (!needsBundle) return checkAll(plugins.map((plugin) => ({ plugin, settings })));
  await using model = await modelFor(options);
  const given = [{ service: services.bundle, instance: model.bundle }];
  return await checkAll(plugins.map((plugin) => ({ plugin, settings: { ...settings, services: given } })));
}

/** Parts of a config, each with its options and beside the parts that it works with. */
async function checkConfig(options: PluginsCheckOptions): Promise<ConformReport[]> {
  const { tree, folder } = await chooseConfig(options);
  const own = await loadPluginModules(tree.plugins ?? [], { configFolder: folder, workingFolder: process.cwd() });
  await using model = await modelFor(options);
  const host = createHost([...(await loadShippedPlugins()), ...own]);
  host.provide(services.bundle, model.bundle);
  const neighbours = await neighboursOf(host, model.config);
  const choices = chosenParts(model.config, options);
  const subjects = choices.map((choice) => subjectOf(choice, host, { neighbours: neighbours.parts, options }));
  try {
    return await checkAll(subjects);
  } finally {
    await neighbours.dispose();
    await host.dispose();
  }
}

/** An importer is checked only where there is a source for it. */
function chosenParts(config: Config, { source }: PluginsCheckOptions): PartChoice[] {
  const data = dataChoices(config).filter(({ path }) => path !== 'importer' || source !== undefined);
  return [...pipelineChoices(config), ...data];
}

function subjectOf(
  choice: PartChoice,
  host: PluginHost,
  given: { neighbours: ConformSettings['neighbours']; options: PluginsCheckOptions },
): Subject {
  const { plugin } = host.resolve(choice);
  const { options, inherited = {} } = choice;
  const shape = (plugin.optionsSchema as { shape?: Readonly<Record<string, unknown>> }).shape ?? {};
  const passed = Object.entries(inherited).filter(([key]) => Object.hasOwn(shape, key));
  const settings = { options: { ...Object.fromEntries(passed), ...options }, host };
  return { plugin, settings: { ...settings, neighbours: given.neighbours, source: given.options.source } };
}

interface Neighbours {
  readonly parts: { readonly imageEncoder: ImageEncoder; readonly promptEncoder: PromptEncoder };
  dispose(): Promise<void>;
}

async function neighboursOf(host: PluginHost, config: Config): Promise<Neighbours> {
  const scope = await host.createParts([
    toPartChoice('imageEncoder', services.imageEncoder, config.imageEncoder),
    toPartChoice('promptEncoder', services.promptEncoder, config.promptEncoder),
  ]);
  const parts = { imageEncoder: scope.get(services.imageEncoder), promptEncoder: scope.get(services.promptEncoder) };
  return { parts, dispose: () => scope.dispose() };
}

async function checkAll(subjects: readonly Subject[]): Promise<ConformReport[]> {
  const { conform } = await import('@sim4seg/testing');
  const reports: ConformReport[] = [];
  for (const { plugin, settings } of subjects) reports.push(await conform(pluginKind(plugin), plugin, settings));
  return reports;
}

async function modelFor(options: PluginsCheckOptions) {
  const { tree, folder } = await chooseConfig(options);
  const model = await openModel(tree, { folder });
  return { ...model, [Symbol.asyncDispose]: () => model.close() };
}

function parseOptions(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through to the same error.
  }
  throw usage('--options is a JSON object', text, `write for example --options '{"share": 0.5}'`);
}
