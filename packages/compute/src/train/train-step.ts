import { expectValue } from '../program/inputs.js';
import type { TensorValues } from '../program/compile.js';
import type { OrtTensor } from '../runtime/ort.js';
import { createOrtSession, engineFailed } from '../session/ort-session.js';
import type { InProcessSession } from '../session/ort-session.js';
import type { TensorValue } from '../tensor-value.js';
import { SCHEDULE_NAMES, scheduleValues } from './adamw.js';
import { batchesOf } from './batches.js';
import type { StepSchedule, TrainStep } from './contract.js';
import { METRIC_PREFIX, NEXT_SUFFIX, NORM_NAME, recordStep } from './step-graph.js';
import type { StepGraph } from './step-graph.js';
import { resolveStep } from './step-options.js';
import type { ProgramStepOptions, ResolvedStep, TrainStepOptions } from './step-options.js';
import { StepState } from './step-state.js';

/** A training step that ONNX Runtime executes; its state lives in the tensors that the runtime reads and writes. */
export interface CompiledTrainStep extends TrainStep {
  readonly graph: StepGraph;
}

class CompiledStep implements CompiledTrainStep {
  readonly #state: StepState;
  readonly #native: ReadonlyMap<string, OrtTensor>;

  constructor(
    readonly graph: StepGraph,
    private readonly session: InProcessSession,
    private readonly options: ResolvedStep,
  ) {
    this.#state = new StepState(options, graph.moving);
    this.#native = new Map([...this.#state.values].map(([name, value]) => [name, session.toOrt(value)] as const));
  }

  get name(): string {
    return this.options.name;
  }

  get moving(): readonly string[] {
    return this.graph.moving;
  }

  init(params: TensorValues): void {
    this.#state.init(params);
  }

  load(state: TensorValues): void {
    this.#state.load(state);
  }

  state(): Record<string, TensorValue> {
    return this.#state.all();
  }

  #feeds(inputs: TensorValues, schedule: StepSchedule): Record<string, OrtTensor> {
    const scalars = scheduleValues(this.options.optimizer, schedule);
    const feeds: Record<string, OrtTensor> = {};
    for (const port of this.graph.inputs) {
      const place = (SCHEDULE_NAMES as readonly string[]).indexOf(port.name);
      const held = this.#native.get(port.name);
      if (held) feeds[port.name] = held;
      else if (place >= 0) feeds[port.name] = this.session.toOrt(scalarTensor(scalars[place]!));
      else
        feeds[port.name] = this.session.toOrt(expectValue(`${this.graph.name}: ${port.name}`, inputs[port.name], port));
    }
    return feeds;
  }

  /** The tensor that holds a state is where its next value is written. */
  #fetches(): Record<string, OrtTensor | null> {
    const entries = this.graph.outputs.map(({ name }) => {
      const held = name.endsWith(NEXT_SUFFIX) ? this.#native.get(name.slice(0, -NEXT_SUFFIX.length)) : undefined;
      return [name, held ?? null] as const;
    });
    return Object.fromEntries(entries);
  }

  async step(
    inputs: TensorValues | readonly TensorValues[],
    schedule: StepSchedule,
  ): Promise<Record<string, number>> {
    const [batch] = batchesOf(this.options, inputs);
    const feeds = this.#feeds(batch!, schedule);
    let results: Record<string, OrtTensor>;
    try {
      results = await this.session.native.run(feeds, this.#fetches());
    } catch (cause) {
      throw engineFailed(`${this.graph.name} runs`, cause);
    }
    const read = (name: string): number => (results[name]!.data as Float32Array)[0]!;
    const metrics = this.graph.metrics.map((name) => [name, read(METRIC_PREFIX + name)] as const);
    return { ...Object.fromEntries(metrics), gradNorm: read(NORM_NAME) };
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function scalarTensor(x: number): TensorValue {
  return { data: Float32Array.of(x), shape: [], dtype: 'float32' };
}

/**
 * Traces a training step into one graph and opens it in this thread. Keep one training session a process.
 * @throws PROGRAM_INVALID, TRACE_UNSUPPORTED, TRACE_READS_DATA; ENGINE_MISSING without onnxruntime-node
 */
export async function compileTrainStep(options: TrainStepOptions | ProgramStepOptions): Promise<CompiledTrainStep> {
  const resolved = resolveStep(options);
  const graph = recordStep(resolved);
  return new CompiledStep(graph, await createOrtSession(graph.model, resolved.session), resolved);
}
