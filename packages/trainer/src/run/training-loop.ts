import { expectNotAborted } from '@sim4seg/core';
import type { EngineConfig } from '@sim4seg/core';
import type { ParamSpec, Specs, TensorValue, TrainStep } from '@sim4seg/compute';
import type { Checkpoint, Counters } from '../checkpoints/checkpoint.js';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.js';
import { phaseRate } from '../config/schedule.js';
import type { PhaseConfig, TrainingConfig } from '../config/training-schema.js';
import type { EvaluationRounds } from '../evaluate/evaluation-rounds.js';
import type { Batch } from '../samples/batch.js';
import type { BatchSource } from '../samples/batch-source.js';
import type { ModelSizes } from '../step/model-sizes.js';
import type { Parts } from '../step/parts.js';
import { createFeatureCache } from '../step/feature-cache.js';
import type { FeatureCache } from '../step/feature-cache.js';
import { fitParams } from '../step/fit-params.js';
import { compilePhase, pickParams, planPhase } from '../step/phase-step.js';
import { inputValues, stepInputs } from '../step/step-inputs.js';
import { trainedTable } from '../step/trained-table.js';
import { createEma } from './ema.js';
import type { Ema } from './ema.js';
import { atStep, createLossGuard } from './loss-guard.js';
import type { LossGuard } from './loss-guard.js';
import { createRateMeter } from './rate.js';
import type { RateMeter } from './rate.js';
import { averagesOf, copied, paramsOf, stepStateOf } from './run-state.js';
import type { TrainingObserver } from './training-event.js';

/** Parts with their parameters and sizes. */
export interface PhaseModel {
  readonly parts: Parts;
  readonly specs: Specs<ParamSpec>;
  readonly sizes: ModelSizes;
}

/** A model with everything that a run of it needs. */
export interface TrainingJob {
  /** The model of each phase; parts may have other options in a phase. */
  readonly models: readonly PhaseModel[];
  readonly training: TrainingConfig;
  readonly engine?: EngineConfig | undefined;
  readonly batches: BatchSource;
  readonly store: CheckpointStore;
  /** Folder of cached features. */
  readonly featureCache: string;
  /** Evaluations on the way; null for none. */
  readonly rounds: EvaluationRounds | null;
  /** Identifies what decides a run that is in the given phase. */
  readonly configHash: (phase: number) => string;
  readonly observe: TrainingObserver;
  readonly signal?: AbortSignal | undefined;
  readonly nowMs: () => number;
}

type Params = Record<string, TensorValue>;

/** Weights at the end, and the hash over weights, moments and counters. */
export interface TrainingOutcome {
  readonly params: Readonly<Params>;
  readonly sha256: string;
}

/** Where a run begins: fresh parameters, or a checkpoint. */
export type TrainingStart =
  | { readonly params: Readonly<Params>; readonly checkpoint: null }
  | { readonly params: null; readonly checkpoint: Checkpoint };

/** Runs all phases from where the run stands; each begins with fresh moments. */
export async function runPhases(job: TrainingJob, start: TrainingStart): Promise<TrainingOutcome> {
  let resumed = start.checkpoint;
  const first = firstPhase(job, resumed);
  let params: Params = { ...(start.params ?? paramsOf(start.checkpoint.state)) };
  // A finished phase hands its averages on.
  if (resumed && resumed.counters.phase !== first) params = { ...params, ...averagesOf(resumed.state) };
  let sha256 = '';
  for (let phase = first; phase < job.training.phases.length; phase++) {
    if (resumed?.counters.phase !== phase) resumed = null;
    params = fitParams(params, (job.models[phase] as PhaseModel).specs);
    const run = await openPhase(job, phase, { params, resumed });
    try {
      sha256 = await runSteps(job, run);
      // The step's tensors die with it.
      params = Object.fromEntries(Object.entries(currentParams(run)).map(([name, value]) => [name, copied(value)]));
    } finally {
      await run.features?.close();
      await run.step.release();
    }
    resumed = null;
  }
  return { params, sha256 };
}

/** All parameters as they are evaluated and handed on: averages where there are any. */
function currentParams({ params, step, ema }: PhaseRun): Params {
  return { ...params, ...paramsOf(step.state()), ...ema?.params() };
}

/** The phase to go on with: that of the checkpoint, or the next one if it was finished. */
function firstPhase({ training }: TrainingJob, resumed: Checkpoint | null): number {
  if (!resumed) return 0;
  const { phase, step } = resumed.counters;
  const finished = step >= (training.phases[phase]?.steps ?? 0);
  return finished && phase + 1 < training.phases.length ? phase + 1 : phase;
}

interface PhaseRun {
  readonly index: number;
  readonly model: PhaseModel;
  readonly phase: PhaseConfig;
  readonly plan: ReturnType<typeof planPhase>;
  readonly step: TrainStep;
  readonly declared: Specs;
  /** Steps of this phase that are done. */
  readonly done: number;
  readonly ema: Ema | null;
  /** Outputs of a frozen image encoder; null where the step runs it. */
  readonly features: FeatureCache | null;
  readonly guard: LossGuard;
  /** Cases of the last step, for messages. */
  readonly lastCases: { ids: readonly string[] };
  /** Parameters of the whole model; those that the phase runs live in its step. */
  readonly params: Params;
}

async function openPhase(
  job: TrainingJob,
  index: number,
  { params, resumed }: { params: Params; resumed: Checkpoint | null },
): Promise<PhaseRun> {
  const { training, engine, nowMs } = job;
  const model = job.models[index] as PhaseModel;
  const phase = training.phases[index] as PhaseConfig;
  const startMs = nowMs();
  const plan = planPhase(model.parts, model.specs, phase);
  const step = await compilePhase({ ...model, phase, training, engine });
  const done = resumed?.counters.step ?? 0;
  if (resumed && done > 0) step.load(stepStateOf(plan.params, resumed));
  else step.init(pickParams(plan, params));
  const guard = createLossGuard({ factor: training.explodingFactor });
  job.observe({ type: 'trains', phase: phase.name, rows: trainedTable(plan) });
  job.observe({ type: 'phase', phase: phase.name, steps: phase.steps, compileMs: nowMs() - startMs });
  const declared = stepInputs(model.parts, phase, { sizes: model.sizes, length: training.length });
  const ema = training.ema ? createEma(training.ema.decay, averagedFrom(step, done > 0 ? resumed : null)) : null;
  const cache = { folder: job.featureCache, encoder: model.parts.imageEncoder, params, threads: training.threads };
  const features = phase.cachedFeatures ? createFeatureCache(cache) : null;
  return { index, model, phase, plan, step, declared, done, ema, features, guard, lastCases: { ids: [] }, params };
}

/** What averages begin at: those of a checkpoint, or the weights that move. */
function averagedFrom(step: TrainStep, resumed: Checkpoint | null): Params {
  if (resumed) return averagesOf(resumed.state);
  const live = paramsOf(step.state());
  return Object.fromEntries(step.moving.map((name) => [name, live[name] as TensorValue]));
}

/** Runs the remaining steps of a phase; returns the hash of its last checkpoint. */
async function runSteps(job: TrainingJob, run: PhaseRun): Promise<string> {
  const before = job.training.phases.slice(0, run.index).reduce((sum, { steps }) => sum + steps, 0);
  const meter = createRateMeter(job.nowMs);
  let sha256 = '';
  for (let step = run.done; step < run.phase.steps; step++) {
    if (job.rounds?.isExhausted(run.phase.name)) {
      job.observe({ type: 'stopped-early', phase: run.phase.name, total: before + step });
      break;
    }
    expectNotAborted(job.signal);
    const counters = { phase: run.index, step: step + 1, total: before + step + 1 };
    await oneStep(job, run, { step, total: counters.total, meter });
    const judged = await judgeWhenDue(job, run, counters);
    if (judged || step + 1 === run.phase.steps || counters.total % job.training.checkpointEvery === 0)
      sha256 = await saveCheckpoint(job, run, counters);
  }
  // A run that was stopped after the last step of a phase has nothing left to do in it.
  const step = Math.min(run.done, run.phase.steps);
  return sha256 || saveCheckpoint(job, run, { phase: run.index, step, total: before + step });
}

/** Before a phase prompts the decoder with the LVLM's own embedding, no answer of the product can hold a mask. */
async function judgeWhenDue(job: TrainingJob, run: PhaseRun, { step, total }: Counters): Promise<boolean> {
  const { rounds } = job;
  if (!rounds || run.phase.prompt !== 'seg') return false;
  if (step < run.phase.steps && total % rounds.every !== 0) return false;
  await rounds.judge({ phase: { name: run.phase.name, index: run.index }, total }, currentParams(run));
  return true;
}

async function oneStep(
  job: TrainingJob,
  run: PhaseRun,
  { step, total, meter }: { step: number; total: number; meter: RateMeter },
): Promise<void> {
  const { phase, declared } = run;
  const batches = await batchesOf(job, run, step);
  const { length } = job.training;
  const { conversations } = phase;
  const encoded = await Promise.all(batches.map((batch) => run.features?.encode(batch.image, batch)));
  const inputs = batches.map((batch, i) =>
    inputValues(run.model.parts, batch, { declared, length, conversations, encoded: encoded[i] }),
  );
  const lr = phaseRate(step, phase);
  const values = await run.step.step(inputs, { lr, step: step + 1 });
  const caseIds = batches.flatMap((batch) => batch.caseIds);
  run.lastCases.ids = caseIds;
  run.guard.expectHealthy(values, { phase: phase.name, total, caseIds });
  run.ema?.update(run.step.state(), step + 1);
  const { imagesPerSecond, secondsPerStep } = meter.tick(phase.images * batches.length);
  const totalSteps = job.training.phases.reduce((sum, { steps }) => sum + steps, 0);
  const secondsLeft = (totalSteps - total) * secondsPerStep;
  job.observe({ type: 'step', phase: phase.name, step, total, totalSteps, lr, values, imagesPerSecond, secondsLeft });
}

/** The batches whose gradients make one step. */
async function batchesOf({ batches }: TrainingJob, { index, phase }: PhaseRun, step: number): Promise<Batch[]> {
  const { accumulate = 1 } = phase;
  const wanted = [];
  for (let i = 0; i < accumulate; i++) wanted.push(await batches.get({ phase: index, step: step * accumulate + i }));
  return wanted;
}

async function saveCheckpoint(job: TrainingJob, run: PhaseRun, counters: Counters): Promise<string> {
  const idle = Object.keys(run.model.specs).filter((name) => !(name in run.plan.params));
  const state = {
    ...Object.fromEntries(idle.map((name) => [`param/${name}`, run.params[name] as TensorValue])),
    ...run.step.state(),
    ...run.ema?.state(),
  };
  const sha256 = await job.store
    .save({ counters, configHash: job.configHash(run.index), state })
    .catch((error: unknown) => {
      throw atStep(error, { phase: run.phase.name, total: counters.total, caseIds: run.lastCases.ids });
    });
  job.observe({ type: 'checkpoint', total: counters.total, sha256 });
  return sha256;
}
