import { rm } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { Sim4SegError } from '@sim4seg/core';
import { initParams } from '@sim4seg/compute';
import type { ParamSpec, Specs, TensorValue } from '@sim4seg/compute';
import type { WriteAtomicOptions } from '@sim4seg/compute/node';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import { createCheckpointStore } from './checkpoints/checkpoint-store.js';
import type { CheckpointStore } from './checkpoints/checkpoint-store.js';
import { resolveTraining } from './config/resolve-training.js';
import type { ResolvedTraining, TrainConfig } from './config/resolve-training.js';
import type { PhaseConfig } from './config/training-schema.js';
import { exportBundle } from './export/export-bundle.js';
import { loadStartingBundle } from './export/starting-bundle.js';
import type { StartingBundle } from './export/starting-bundle.js';
import { configHash } from './run/config-hash.js';
import { drawCurves } from './run/curves.js';
import { openRunFolder } from './run/run-folder.js';
import type { RunFolder } from './run/run-folder.js';
import { createRunLog } from './run/run-log.js';
import { runPhases } from './run/training-loop.js';
import type { PhaseModel, TrainingOutcome } from './run/training-loop.js';
import type { TrainingObserver } from './run/training-event.js';
import { createBatchSource, prefetching } from './samples/batch-source.js';
import type { BatchSource } from './samples/batch-source.js';
import { createThreadedBatchSource } from './samples/threaded-batch-source.js';
import { AUX_PREFIX, auxSpecs } from './step/aux-params.js';
import { fitParams } from './step/fit-params.js';
import { resolveModel } from './step/model.js';
import { readModelSizes } from './step/model-sizes.js';
import type { ModelSizes } from './step/model-sizes.js';
import { partParams, partSpecs } from './step/parts.js';
import type { Part, Parts, PartRole, PluginTable } from './step/parts.js';

export interface TrainOptions {
  /** The config tree; what training reads of it. */
  readonly config: TrainConfig;
  readonly plugins: PluginTable;
  /** Folder of the run: checkpoints, log, curves, bundle. */
  readonly out: string;
  /** Relative paths of datasets and of `training.from` start here: the folder of the config file. */
  readonly baseFolder: string;
  readonly resume: boolean;
  readonly observe?: TrainingObserver;
  readonly signal?: AbortSignal | undefined;
  /** Prepares batches in a thread of its own (default) or in this one. */
  readonly threaded?: boolean;
  /** Hears how far each checkpoint write has come. */
  readonly onCheckpointMoment?: WriteAtomicOptions['onMoment'];
}

export interface TrainResult {
  /** Over weights, moments and counters at the end. */
  readonly sha256: string;
  readonly bundle: string;
}

/**
 * Trains the parts of a config by its phases and exports a bundle. The same config, data and seed end with the same
 * hash, however often the run was interrupted and resumed.
 * @throws CONFIG_INVALID, PLUGIN_MISSING, WIRING, SPLIT_FORBIDDEN, USAGE (folder in use), CHECKPOINT_MISMATCH,
 *   CHECKPOINT_DAMAGED, TRAINING_DIVERGED, DISK_FULL, WRITE_FAILED, ABORTED, codes of cases and pictures
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { observe = () => {} } = options;
  const model = await openModel(options);
  const folder = await openRunFolder(options.out, options);
  const batches = await openBatches(options, model, folder);
  try {
    const outcome = await runModel(options, model, { folder, batches });
    await exportBundle(folder.bundle, {
      ...model,
      params: outcome.params,
      config: options.config,
      training: model.resolved.training,
      summary: batches.summary,
      from: model.from?.manifest ?? null,
    });
    observe({ type: 'bundle', folder: folder.bundle });
    await drawCurves(folder);
    await rm(folder.frames, { force: true });
    observe({ type: 'final', sha256: outcome.sha256 });
    return { sha256: outcome.sha256, bundle: folder.bundle };
  } finally {
    await batches.close();
  }
}

interface Model {
  readonly resolved: ResolvedTraining;
  readonly from: StartingBundle | null;
  readonly parts: Parts;
  readonly kept: readonly Part[];
  readonly sizes: ModelSizes;
  /** Parts and sizes of each phase; those of the model itself unless a phase has options of its own. */
  readonly phases: readonly Pick<PhaseModel, 'parts' | 'sizes'>[];
}

async function openModel({ config, plugins, baseFolder }: TrainOptions): Promise<Model> {
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
  return {
    training: training.from === undefined ? training : { ...training, from: absolute(training.from) },
    datasets: datasets.map((set) => (set.use === 'folder' ? { ...set, path: absolute(set.path) } : set)),
  };
}

async function openBatches(
  { config, threaded = true }: TrainOptions,
  { resolved, phases: models }: Model,
  { frames: frameFile }: RunFolder,
): Promise<BatchSource> {
  const { datasets, training } = resolved;
  const { phases, order, textWeights } = training;
  const frames = models.map(({ sizes: { sidePx, gridSide } }) => ({ sidePx, gridSide }));
  const options = { datasets, frames, frameFile, seed: config.seed, training: { phases, order, textWeights } };
  if (!threaded) return createBatchSource(options);
  return prefetching(await createThreadedBatchSource(options), phases);
}

async function runModel(
  options: TrainOptions,
  model: Model,
  { folder, batches }: { folder: RunFolder; batches: BatchSource },
): Promise<TrainingOutcome> {
  const { config, observe = () => {}, signal } = options;
  const { training } = model.resolved;
  const specs = allSpecs(model, batches);
  const models = model.phases.map((phase) => ({ ...phase, specs: allSpecs({ ...model, ...phase }, batches) }));
  const deciding = { resolved: model.resolved, summary: batches.summary, specs };
  const hash = (phase: number): string => configHash(config, deciding, phase);
  const store = openStore(folder, options, training.keepCheckpoints);
  const checkpoint = options.resume ? await newestOf(store, hash, observe) : null;
  const resumedAt = checkpoint?.counters.total ?? 0;
  const log = createRunLog(folder.log, { every: training.logEvery, resumedAt });
  const totalSteps = training.phases.reduce((sum, { steps }) => sum + steps, 0);
  observe({ type: 'started', frames: batches.summary.frames, totalSteps, resumedAt });
  const hear: TrainingObserver = (event) => [log, observe].forEach((observer) => observer(event));
  const nowMs = (): number => performance.now();
  const { engine } = config;
  const job = { models, training, engine, batches, store, configHash: hash, observe: hear, signal, nowMs };
  const start = checkpoint
    ? { params: null, checkpoint }
    : { params: freshParams(model, specs, config.seed), checkpoint: null };
  const outcome = await runPhases(job, start);
  return { ...outcome, params: fitParams(outcome.params, specs) };
}

function openStore({ checkpoints }: RunFolder, { onCheckpointMoment }: TrainOptions, keep: number): CheckpointStore {
  const moments = onCheckpointMoment ? { onMoment: onCheckpointMoment } : {};
  return createCheckpointStore({ folder: checkpoints, keep, ...moments });
}

function newestOf(
  store: CheckpointStore,
  hash: (phase: number) => string,
  observe: TrainingObserver,
): Promise<Checkpoint | null> {
  return store.newest(hash, ({ message }: Sim4SegError) => observe({ type: 'damaged-checkpoint', message }));
}

function allSpecs({ parts, kept, sizes }: Model, { summary }: BatchSource): Specs<ParamSpec> {
  const { targets, diagnoses } = summary.vocabulary;
  const aux = auxSpecs({ ...sizes, targets: targets.length, diagnoses: Math.max(1, diagnoses.length) });
  return { ...partSpecs(parts), ...keptSpecs(kept), ...aux };
}

/** Initial parameters, replaced by those of a bundle where the run starts from one; kept parts come along. */
function freshParams({ parts, from }: Model, specs: Specs<ParamSpec>, seed: number): Record<string, TensorValue> {
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
