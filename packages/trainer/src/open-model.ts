import { isAbsolute, resolve } from 'node:path';
import { initParams } from '@sim4seg/compute';
import type { ParamSpec, Specs, TensorValue } from '@sim4seg/compute';
import { resolveTraining } from './config/resolve-training.js';
import type { ResolvedTraining, TrainConfig } from './config/resolve-training.js';
import type { PhaseConfig } from './config/training-schema.js';
import { loadStartingBundle } from './export/starting-bundle.js';
import type { StartingBundle } from './export/starting-bundle.js';
import type { PhaseModel } from './run/training-loop.js';
import type { BatchSource } from './samples/batch-source.js';
import { AUX_PREFIX, auxSpecs } from './step/aux-params.js';
import { fitParams } from './step/fit-params.js';
import { resolveModel } from './step/model.js';
import { readModelSizes } from './step/model-sizes.js';
import type { ModelSizes } from './step/model-sizes.js';
import { partParams, partSpecs } from './step/parts.js';
import type { Part, PartRole, Parts, PluginTable } from './step/parts.js';

/** What a run trains. */
export interface Model {
  readonly resolved: ResolvedTraining;
  readonly from: StartingBundle | null;
  readonly parts: Parts;
  readonly kept: readonly Part[];
  readonly sizes: ModelSizes;
  /** Parts and sizes of each phase; those of the model itself unless a phase has options of its own. */
  readonly phases: readonly Pick<PhaseModel, 'parts' | 'sizes'>[];
}

/** Resolves the config and reads the parts of all phases. @throws CONFIG_INVALID, PLUGIN_MISSING, WIRING, BUNDLE_MISSING */
export async function openModel({
  config,
  plugins,
  baseFolder,
}: {
  readonly config: TrainConfig;
  readonly plugins: PluginTable;
  readonly baseFolder: string;
}): Promise<Model> {
  const resolved = withAbsolutePaths(resolveTraining(config), baseFolder);
  const { training } = resolved;
  const from = training.from === undefined ? null : await loadStartingBundle(training.from);
  const { parts, kept } = resolveModel(config, plugins, { training, from });
  const sizes = readModelSizes(parts);
  const phases = training.phases.map(({ options }) => {
    if (Object.keys(options).length === 0) return { parts, sizes };
    const own = resolveModel(withOptions(config, options), plugins, { training, from }).parts;
    return { parts: own, sizes: readModelSizes(own) };
  });
  return { resolved, from, parts, kept, sizes, phases };
}

function withOptions(config: TrainConfig, options: PhaseConfig['options']): TrainConfig {
  const changed = Object.entries(options).map(([role, own]) => [role, { ...config[role as PartRole], ...own }]);
  return { ...config, ...Object.fromEntries(changed) } as TrainConfig;
}

function withAbsolutePaths({ training, datasets }: ResolvedTraining, base: string): ResolvedTraining {
  const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(base, path));
  const { from, evaluation, featureCache } = training;
  return {
    training: {
      ...training,
      ...(featureCache === undefined ? {} : { featureCache: absolute(featureCache) }),
      ...(from === undefined ? {} : { from: absolute(from) }),
      ...(evaluation === undefined ? {} : { evaluation: { ...evaluation, cases: evaluation.cases.map(absolute) } }),
    },
    datasets: datasets.map((set) => (set.use === 'folder' ? { ...set, path: absolute(set.path) } : set)),
  };
}

/** Parameters of all parts, kept ones too, and the trainer's own. */
export function allSpecs({ parts, kept, sizes }: Model, { summary }: BatchSource): Specs<ParamSpec> {
  const { targets, diagnoses } = summary.vocabulary;
  const aux = auxSpecs({ ...sizes, targets: targets.length, diagnoses: Math.max(1, diagnoses.length) });
  return { ...partSpecs(parts), ...keptSpecs(kept), ...aux };
}

/** Initial parameters, replaced by those of a bundle where the run starts from one; kept parts come along. */
export function freshParams(
  { parts, from }: Model,
  specs: Specs<ParamSpec>,
  seed: number,
): Record<string, TensorValue> {
  const aux = Object.fromEntries(Object.entries(specs).filter(([name]) => name.startsWith(AUX_PREFIX)));
  const fresh = { ...partParams(parts, seed), ...initParams(aux, seed) };
  return from ? { ...fresh, ...fitParams(from.params, specs) } : fresh;
}

function keptSpecs(kept: readonly Part[]): Specs<ParamSpec> {
  const entries = kept.flatMap(({ id, trainable }) =>
    Object.entries(trainable.program.params).map(([name, spec]) => [`${id}.${name}`, spec] as const),
  );
  return Object.fromEntries(entries);
}
