import type { TensorValues } from '../program/compile.js';
import type { TensorValue } from '../tensor-value.js';
import { PARAM_PREFIX } from '../trace/trace.js';
import { SCHEDULE_NAMES, scheduleValues } from './adamw.js';
import { batchesOf, meanOf } from './batches.js';
import { openStateRun } from './compiled-run.js';
import type { StateRun } from './compiled-run.js';
import type { StepNumbers, StepSchedule, TrainStep } from './contract.js';
import { METRIC_PREFIX, recordAccumulation, recordStep } from './step-graph.js';
import type { StepGraph } from './step-graph.js';
import { resolveStep } from './step-options.js';
import type { ProgramStepOptions, ResolvedStep, TrainStepOptions } from './step-options.js';
import { StepState } from './step-state.js';
import { NORM_NAME, recordUpdateGraph, SUM_PREFIX } from './update-graph.js';

/** A training step that ONNX Runtime executes; its state lives in the tensors that the runtime reads and writes. */
export interface CompiledTrainStep extends TrainStep {
  /** The graph of one batch: the whole step, or the passes alone where gradients are accumulated. */
  readonly graph: StepGraph;
}

/** What a step runs: the whole step in one graph, or passes that add to sums and an update of its own. */
interface StepRuns {
  readonly passes: StateRun;
  readonly update: StateRun | null;
  readonly sums: TensorValues;
}

class CompiledStep implements CompiledTrainStep {
  constructor(
    readonly graph: StepGraph,
    private readonly held: StepState,
    private readonly runs: StepRuns,
    private readonly options: ResolvedStep,
  ) {}

  get name(): string {
    return this.options.name;
  }

  get moving(): readonly string[] {
    return this.graph.moving;
  }

  init(params: TensorValues): void {
    this.held.init(params);
  }

  load(state: TensorValues): void {
    this.held.load(state);
  }

  params(): Record<string, TensorValue> {
    return this.held.params();
  }

  state(): Record<string, TensorValue> {
    return this.held.all();
  }

  async step(inputs: TensorValues | readonly TensorValues[], schedule: StepSchedule): Promise<StepNumbers> {
    const batches = batchesOf(this.options, inputs);
    const { passes, update, sums } = this.runs;
    const scalars = scheduleFeeds(this.options, schedule);
    if (!update) return this.#report(await passes.run({ ...batches[0]!, ...scalars }));
    for (const { data } of Object.values(sums)) data.fill(0);
    const rows: Record<string, number>[] = [];
    for (const batch of batches) rows.push(this.#report(await passes.run(batch)));
    const metrics = meanOf(rows);
    // The update sees only the sums: a loss that is not finite is kept from it by a gradient that is not.
    if (!Number.isFinite(metrics['loss'])) (sums[SUM_PREFIX + this.moving[0]!]!.data as Float32Array)[0] = NaN;
    return { ...metrics, gradNorm: (await update.run(scalars))[NORM_NAME]! } as StepNumbers;
  }

  async release(): Promise<void> {
    await Promise.all([this.runs.passes.release(), this.runs.update?.release()]);
  }

  #report(numbers: Readonly<Record<string, number>>): StepNumbers {
    const entries = Object.entries(numbers).map(([key, x]) => [key.replace(METRIC_PREFIX, ''), x] as const);
    return Object.fromEntries(entries) as StepNumbers;
  }
}

function scheduleFeeds({ optimizer }: ResolvedStep, schedule: StepSchedule): TensorValues {
  const values = scheduleValues(optimizer, schedule);
  const scalar = (x: number): TensorValue => ({ data: Float32Array.of(x), shape: [], dtype: 'float32' });
  return Object.fromEntries(SCHEDULE_NAMES.map((name, i) => [name, scalar(values[i]!)]));
}

async function openRuns(graph: StepGraph, held: StepState, options: ResolvedStep): Promise<StepRuns> {
  const { session, accumulate } = options;
  const state = held.all();
  if (accumulate === 1) return { passes: await openStateRun(graph, state, session), update: null, sums: {} };
  const sums = Object.fromEntries(
    graph.moving.map((key) => {
      const { data, ...spec } = held.get(PARAM_PREFIX + key);
      return [SUM_PREFIX + key, { ...spec, data: new Float32Array(data.length) }] as const;
    }),
  );
  const passes = await openStateRun(graph, { ...state, ...sums }, session);
  const update = await openStateRun(recordUpdateGraph(options, graph.moving), { ...state, ...sums }, session);
  return { passes, update, sums };
}

/**
 * Traces a training step and opens it in this thread: forward and backward pass, clipping and AdamW in one graph, or
 * the update in a second graph where gradients are accumulated. Keep one training session a process.
 * @throws PROGRAM_INVALID, TRACE_UNSUPPORTED, TRACE_READS_DATA; ENGINE_MISSING without onnxruntime-node
 */
export async function compileTrainStep<P extends string, I extends string, O extends string, T extends string = never>(
  options: ProgramStepOptions<P, I, O, T>,
): Promise<CompiledTrainStep>;
export async function compileTrainStep(options: TrainStepOptions | ProgramStepOptions): Promise<CompiledTrainStep>;
export async function compileTrainStep(options: TrainStepOptions | ProgramStepOptions): Promise<CompiledTrainStep> {
  const resolved = resolveStep(options);
  const graph = resolved.accumulate === 1 ? recordStep(resolved) : recordAccumulation(resolved);
  const state = new StepState(resolved, graph.moving);
  return new CompiledStep(graph, state, await openRuns(graph, state, resolved), resolved);
}
