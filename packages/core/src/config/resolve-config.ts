import { Sim4SegError } from '../errors.js';
import type { Config, EngineConfig, PartConfig } from './config.js';
import { CONFIG_DEFAULTS } from './defaults.js';
import { mergeConfig } from './merge-config.js';
import { parseConfig } from './parse-config.js';
import type { ConfigTree } from './schema.js';

/**
 * Completes a config tree: the tree over the preset (which names the plugins) over the defaults.
 * @throws CONFIG_INVALID for a wrong form, a part that neither names, or an impossible combination
 */
export function resolveConfig(tree: unknown, preset: ConfigTree): Config {
  const merged = mergeConfig(preset, parseConfig(tree));
  const part = (key: PartKey): PartConfig => expectPart(key, merged[key]);
  return {
    lvlm: part('lvlm'),
    regionPrior: part('regionPrior'),
    imageEncoder: part('imageEncoder'),
    promptEncoder: part('promptEncoder'),
    maskDecoder: part('maskDecoder'),
    presence: part('presence'),
    selector: part('selector'),
    scorers: merged.scorers ?? [],
    datasets: merged.datasets ?? [],
    observers: merged.observers ?? [],
    importer: merged.importer ?? CONFIG_DEFAULTS.importer,
    plugins: merged.plugins ?? [],
    tts: { ...CONFIG_DEFAULTS.tts, ...definedOf(merged.tts ?? {}) },
    seed: merged.seed ?? CONFIG_DEFAULTS.seed,
    compat: merged.compat ?? CONFIG_DEFAULTS.compat,
    engine: resolveEngine(merged.engine ?? {}),
    training: merged.training ?? {},
    bundle: merged.bundle ?? null,
  };
}

/** Keys of the parts that every pipeline has. */
export type PartKey =
  'lvlm' | 'regionPrior' | 'imageEncoder' | 'promptEncoder' | 'maskDecoder' | 'presence' | 'selector';

function expectPart(key: PartKey, value: ConfigTree[PartKey]): PartConfig {
  if (value?.use !== undefined) return { ...value, use: value.use };
  throw new Sim4SegError('CONFIG_INVALID', {
    must: `${key} names its plugin`,
    got: `${key} = ${JSON.stringify(value) ?? 'missing'}`,
    fix: `write ${key}: {use: '<plugin id>'}; \`sim4seg plugins list\` shows the ids`,
  });
}

function resolveEngine(engine: NonNullable<ConfigTree['engine']>): EngineConfig {
  const use = engine.use ?? CONFIG_DEFAULTS.engine.use;
  if (use === 'ort') {
    expectAbsent('engine.backend', engine.backend, "engine.use 'tfjs'");
    expectAbsent('engine.module', engine.module, "engine.use 'tfjs'");
    return { use, providers: engine.providers ?? CONFIG_DEFAULTS.engine.providers };
  }
  expectAbsent('engine.providers', engine.providers, "engine.use 'ort'");
  const backend = engine.backend ?? (engine.module ? 'tensorflow' : CONFIG_DEFAULTS.tfjsBackend);
  if (backend !== 'tensorflow') expectAbsent('engine.module', engine.module, "engine.backend 'tensorflow'");
  return { use, backend, ...(engine.module ? { module: engine.module } : {}) };
}

function expectAbsent(path: string, value: unknown, owner: string): void {
  if (value === undefined) return;
  throw new Sim4SegError('CONFIG_INVALID', {
    must: `${path} stands only with ${owner}`,
    got: `${path} = ${JSON.stringify(value)} without it`,
    fix: `remove ${path} or set ${owner}`,
  });
}

function definedOf<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}
