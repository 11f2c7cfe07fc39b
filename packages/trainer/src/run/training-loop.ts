import { Sim4SegError, expectNotAborted } from '@sim4seg/core';
import type { EngineConfig } from '@sim4seg/core';
import type { ParamSpec, Specs, TensorValue, TrainStep } from '@sim4seg/compute';
import type { Checkpoint, Counters } from '../checkpoints/checkpoint.js';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.js';
import { learningRate } from '../config/schedule.js';
import type { PhaseConfig, TrainingConfig } from '../config/training-schema.js';
import type { Batch } from '../samples/batch.js';
import type { BatchSource } from '../samples/batch-source.js';
import type { ModelSizes } from '../step/model-sizes.js';
import type { Parts } from '../step/parts.js';
import { fitParams } from '../step/fit-params.js';
import { compilePhase, pickParams, planPhase } from '../step/phase-step.js';
import { inputValues, stepInputs } from '../step/step-inputs.js';
import { createRateMeter } from './rate.js';
import type { RateMeter } from './rate.js';
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
  let params: Params = { ...(start.params ?? paramsOf(start.checkpoint.state)) };
  let resumed = start.checkpoint;
  let sha256 = '';
  for (let phase = firstPhase(job, resumed); phase < job.training.phases.length; phase++) {
    if (resumed?.counters.phase !== phase) resumed = null;
    params = fitParams(params, (job.models[phase] as PhaseModel).specs);
    const run = await openPhase(job, phase, { params, resumed });
    try {
      sha256 = await runSteps(job, run);
      params = { ...params, ...paramsOf(run.step.state()) };
      // The step's tensors die with it.
      for (const name of Object.keys(run.plan.params)) params[name] = copied(params[name] as TensorValue);
    } finally {
      await run.step.release();
    }
    resumed = null;
  }
  return { params, sha256 };
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
  if (resumed && done > 0) step.load(stateOf(plan, resumed));
  else step.init(pickParams(plan, params));
  job.observe({ type: 'phase', phase: phase.name, steps: phase.steps, compileMs: nowMs() - startMs });
  const declared = stepInputs(model.parts, phase, { sizes: model.sizes, length: training.length });
  return { index, model, phase, plan, step, declared, done, params };
}

/** Runs the remaining steps of a phase; returns the hash of its last checkpoint. */
async function runSteps(job: TrainingJob, run: PhaseRun): Promise<string> {
  const before = job.training.phases.slice(0, run.index).reduce((sum, { steps }) => sum + steps, 0);
  const meter = createRateMeter(job.nowMs);
  let sha256 = '';
  for (let step = run.done; step < run.phase.steps; step++) {
    expectNotAborted(job.signal);
    await oneStep(job, run, { step, total: before + step + 1, meter });
    const last = step + 1 === run.phase.steps;
    if (last || (before + step + 1) % job.training.checkpointEvery === 0) {
      sha256 = await saveCheckpoint(job, run, { phase: run.index, step: step + 1, total: before + step + 1 });
    }
  }
  // A run that was stopped after the last step of a phase has nothing left to do in it.
  return (
    sha256 || saveCheckpoint(job, run, { phase: run.index, step: run.phase.steps, total: before + run.phase.steps })
  );
}

async function oneStep(
  job: TrainingJob,
  run: PhaseRun,
  { step, total, meter }: { step: number; total: number; meter: RateMeter },
): Promise<void> {
  const { phase, declared } = run;
  const batch = await job.batches.get({ phase: run.index, step });
  const { length } = job.training;
  const inputs = inputValues(run.model.parts, batch, { declared, length, conversations: phase.conversations });
  const lr = learningRate(step, phase);
  const values = await run.step.step(inputs, { lr, step: step + 1 });
  expectFiniteStep(values, { phase: phase.name, total, batch });
  const { imagesPerSecond, secondsPerStep } = meter.tick(phase.images);
  const totalSteps = job.training.phases.reduce((sum, { steps }) => sum + steps, 0);
  const secondsLeft = (totalSteps - total) * secondsPerStep;
  job.observe({ type: 'step', phase: phase.name, step, total, totalSteps, lr, values, imagesPerSecond, secondsLeft });
}

function expectFiniteStep(
  values: Readonly<Record<string, number>>,
  { phase, total, batch }: { phase: string; total: number; batch: Batch },
): void {
  const bad = Object.entries(values).filter(([, value]) => !Number.isFinite(value));
  if (bad.length === 0) return;
  throw new Sim4SegError('TRAINING_DIVERGED', {
    must: 'Loss and gradients must stay finite',
    got: `${bad.map(([name, value]) => `${name} ${value}`).join(', ')} at step ${total} (${phase}), cases ${batch.caseIds.join(', ')}`,
    fix: 'Look at these cases, lower the rate, or resume from the last checkpoint, which is intact',
  });
}

async function saveCheckpoint(job: TrainingJob, run: PhaseRun, counters: Counters): Promise<string> {
  const idle = Object.keys(run.model.specs).filter((name) => !(name in run.plan.params));
  const state = {
    ...Object.fromEntries(idle.map((name) => [`param/${name}`, run.params[name] as TensorValue])),
    ...run.step.state(),
  };
  const sha256 = await job.store.save({ counters, configHash: job.configHash(run.index), state });
  job.observe({ type: 'checkpoint', total: counters.total, sha256 });
  return sha256;
}

/** The part of a checkpoint that the phase's step holds. */
function stateOf({ params }: PhaseRun['plan'], { state }: Checkpoint): Params {
  const own = Object.entries(state).filter(([key]) => key.slice(key.indexOf('/') + 1) in params);
  return Object.fromEntries(own);
}

function paramsOf(state: Readonly<Params>): Params {
  const prefix = 'param/';
  const own = Object.entries(state).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

function copied(value: TensorValue): TensorValue {
  return { ...value, data: value.data.slice() };
}
