import { rm } from 'node:fs/promises';
import { Sim4SegError, isSim4SegError } from '@sim4seg/core';
import type { WriteAtomicOptions } from '@sim4seg/compute/node';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import { createCheckpointStore } from './checkpoints/checkpoint-store.js';
import type { CheckpointStore } from './checkpoints/checkpoint-store.js';
import type { TrainConfig } from './config/resolve-training.js';
import type { ProductOpener } from './evaluate/evaluation-rounds.js';
import { exportBundle } from './export/export-bundle.js';
import { allSpecs, freshParams, openModel } from './open-model.js';
import type { Model } from './open-model.js';
import { openRounds } from './open-rounds.js';
import { configDifferences, configHash, decidingConfig } from './run/config-hash.js';
import { drawCurves } from './run/curves.js';
import { scalarLogger } from './run/log-scalars.js';
import { openRunFolder } from './run/run-folder.js';
import type { RunFolder } from './run/run-folder.js';
import { lockRun } from './run/run-lock.js';
import { createRunLog } from './run/run-log.js';
import { readRunRecord, recordSession } from './run/run-record.js';
import { runPhases } from './run/training-loop.js';
import type { TrainingOutcome } from './run/training-loop.js';
import type { TrainingObserver } from './run/training-event.js';
import { createBatchSource, prefetching } from './samples/batch-source.js';
import type { BatchSource } from './samples/batch-source.js';
import { createThreadedBatchSource } from './samples/threaded-batch-source.js';
import { fitParams } from './step/fit-params.js';
import type { PluginTable } from './step/parts.js';
import { createEventFile } from './tensorboard/event-file.js';

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
  /** Opens the product's pipeline on a bundle; needed where the config asks for evaluations on the way. */
  readonly openProduct?: ProductOpener;
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
  const model = await openModel(options);
  const folder = await openRunFolder(options.out, options);
  const lock = await lockRun(folder.lock);
  try {
    const batches = await openBatches(options, model, folder);
    try {
      return await trainIn(folder, options, { model, batches });
    } finally {
      await batches.close();
    }
  } finally {
    await lock.release();
  }
}

/** A model with what it learns from. */
interface Subject {
  readonly model: Model;
  readonly batches: BatchSource;
}

async function trainIn(folder: RunFolder, options: TrainOptions, subject: Subject): Promise<TrainResult> {
  const { observe = () => {} } = options;
  const outcome = await runModel(options, folder, subject);
  await exportTo(folder.bundle, outcome.params, options, subject);
  observe({ type: 'bundle', folder: folder.bundle });
  await drawCurves(folder);
  await rm(folder.frames, { force: true });
  await rm(folder.features, { recursive: true, force: true });
  observe({ type: 'final', sha256: outcome.sha256 });
  return { sha256: outcome.sha256, bundle: folder.bundle };
}

async function exportTo(
  folder: string,
  params: TrainingOutcome['params'],
  { config }: TrainOptions,
  { model, batches }: Subject,
): Promise<void> {
  await exportBundle(folder, {
    ...model,
    params: fitParams(params, allSpecs(model, batches)),
    config,
    training: model.resolved.training,
    summary: batches.summary,
    from: model.from?.manifest ?? null,
  });
}

async function openBatches(
  { config, threaded = true }: TrainOptions,
  { resolved, phases: models }: Model,
  { frames: frameFile }: RunFolder,
): Promise<BatchSource> {
  const { datasets, training } = resolved;
  const { phases, order, content, textWeights } = training;
  const frames = models.map(({ sizes: { sidePx, gridSide } }) => ({ sidePx, gridSide }));
  const options = { datasets, frames, frameFile, seed: config.seed, training: { phases, order, content, textWeights } };
  if (!threaded) return createBatchSource(options);
  return prefetching(await createThreadedBatchSource(options), phases);
}

async function runModel(options: TrainOptions, folder: RunFolder, subject: Subject): Promise<TrainingOutcome> {
  const { config, observe = () => {}, signal } = options;
  const { model, batches } = subject;
  const { training } = model.resolved;
  const specs = allSpecs(model, batches);
  const models = model.phases.map((phase) => ({ ...phase, specs: allSpecs({ ...model, ...phase }, batches) }));
  const deciding = { resolved: model.resolved, summary: batches.summary, specs };
  const hash = (phase: number): string => configHash(config, deciding, phase);
  const store = openStore(folder, options, training.keepCheckpoints);
  const checkpoint = options.resume ? await newestOf(store, hash, { folder, options, model }) : null;
  const resumedAt = checkpoint?.counters.total ?? 0;
  await recordSession(folder.record, { config, resolved: model.resolved, resumedAt });
  const hear = observersOf(folder, { every: training.logEvery, resumedAt, observe });
  const totalSteps = training.phases.reduce((sum, { steps }) => sum + steps, 0);
  observe({ type: 'started', frames: batches.summary.frames, totalSteps, resumedAt });
  const rounds = openRounds({
    ...{ folder, resumedAt, models, training, summary: batches.summary, signal, observe: hear },
    openProduct: options.openProduct,
    exportTo: (to, params) => exportTo(to, params, options, subject),
  });
  const featureCache = training.featureCache ?? folder.features;
  const { engine } = config;
  const job = { models, training, engine, batches, store, featureCache, rounds, configHash: hash, observe: hear };
  const start = checkpoint
    ? { params: null, checkpoint }
    : { params: freshParams(model, specs, config.seed), checkpoint: null };
  return runPhases({ ...job, signal, nowMs: () => performance.now() }, start);
}

/** The caller, the log and TensorBoard. */
function observersOf(
  { root, log }: RunFolder,
  { every, resumedAt, observe }: { every: number; resumedAt: number; observe: TrainingObserver },
): TrainingObserver {
  const file = createEventFile(root, { resumedAt, nowSeconds: () => Date.now() / 1000 });
  const all = [createRunLog(log, { every, resumedAt }), scalarLogger(file, { every }), observe];
  return (event) => all.forEach((hear) => hear(event));
}

function openStore({ checkpoints }: RunFolder, { onCheckpointMoment }: TrainOptions, keep: number): CheckpointStore {
  const moments = onCheckpointMoment ? { onMoment: onCheckpointMoment } : {};
  return createCheckpointStore({ folder: checkpoints, keep, ...moments });
}

/** The newest intact checkpoint; where it is of another config, the message names the keys. */
async function newestOf(
  store: CheckpointStore,
  hash: (phase: number) => string,
  { folder, options, model }: { folder: RunFolder; options: TrainOptions; model: Model },
): Promise<Checkpoint | null> {
  const { observe = () => {}, config } = options;
  try {
    return await store.newest(hash, ({ message }) => observe({ type: 'damaged-checkpoint', message }));
  } catch (error) {
    if (!isSim4SegError(error) || error.code !== 'CHECKPOINT_MISMATCH') throw error;
    throw changedConfig(error, await differencesFrom(folder, config, model));
  }
}

async function differencesFrom({ record }: RunFolder, config: TrainConfig, { resolved }: Model): Promise<string[]> {
  const before = await readRunRecord(record);
  if (!before) return [];
  const last = Math.min(before.resolved.training.phases.length, resolved.training.phases.length) - 1;
  return configDifferences(
    decidingConfig(before.config, before.resolved, last),
    decidingConfig(config, resolved, last),
  );
}

const MOST_NAMED = 8;

function changedConfig(error: Sim4SegError, differences: readonly string[]): Sim4SegError {
  const { must, got, fix } = error;
  const named = differences.slice(0, MOST_NAMED).join('; ');
  const what = differences.length > 0 ? `other values of ${named}` : `the same config, so other data or parts: ${got}`;
  return new Sim4SegError('CHECKPOINT_MISMATCH', { must, got: what, fix, cause: error });
}
