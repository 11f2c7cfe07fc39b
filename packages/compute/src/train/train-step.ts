import { Sim4SegError } from '@sim4seg/core';
import { expectValue } from '../program/inputs.js';
import type { TensorValues } from '../program/compile.js';
import type { OrtTensor } from '../runtime/ort.js';
import { createOrtSession, engineFailed } from '../session/ort-session.js';
import type { InProcessSession } from '../session/ort-session.js';
import type { TensorValue } from '../tensor-value.js';
import { PARAM_PREFIX } from '../trace/trace.js';
import type { GraphPort } from '../trace/trace.js';
import { SCHEDULE_NAMES, scheduleValues } from './adamw.js';
import { FIRST_PREFIX, METRIC_PREFIX, NEXT_SUFFIX, NORM_NAME, recordStep, SECOND_PREFIX } from './step-graph.js';
import type { StepGraph, TrainStepOptions } from './step-graph.js';

export interface StepSchedule {
  readonly lr: number;
  /** Counts from 1; the bias corrections of the moments depend on it. */
  readonly step: number;
}

/**
 * A compiled training step with its state: parameters and moments live in the tensors that the runtime reads and
 * writes, so that nothing is copied between steps.
 */
export interface TrainStep {
  readonly graph: StepGraph;
  /** Takes copies of the parameters and begins with zero moments. @throws SHAPE_MISMATCH */
  init(params: TensorValues): void;
  /** One update; returns `loss`, `gradNorm` and the other scalars of the loss. */
  step(inputs: TensorValues, schedule: StepSchedule): Promise<Record<string, number>>;
  /** Live views: `param/<name>`, and `m/<name>`, `v/<name>` of what moves. */
  state(): Record<string, TensorValue>;
  /** Overwrites the state with copies; what `state` does not name is kept. @throws SHAPE_MISMATCH */
  load(state: TensorValues): void;
  release(): Promise<void>;
}

const isState = ({ name }: GraphPort): boolean =>
  [PARAM_PREFIX, FIRST_PREFIX, SECOND_PREFIX].some((prefix) => name.startsWith(prefix));

class CompiledStep implements TrainStep {
  readonly #state = new Map<string, { value: TensorValue; native: OrtTensor }>();

  constructor(
    readonly graph: StepGraph,
    private readonly session: InProcessSession,
    private readonly options: TrainStepOptions,
  ) {
    for (const port of graph.inputs.filter(isState)) {
      const size = port.shape.reduce((a, b) => a * b, 1);
      const value: TensorValue = { data: new Float32Array(size), shape: port.shape, dtype: 'float32' };
      this.#state.set(port.name, { value, native: session.toOrt(value) });
    }
  }

  init(params: TensorValues): void {
    for (const [name, { value }] of this.#state) if (!name.startsWith(PARAM_PREFIX)) value.data.fill(0);
    const wanted = Object.keys(this.options.params).map((name) => [PARAM_PREFIX + name, params[name]] as const);
    for (const [name, value] of wanted) this.#write(name, value);
  }

  load(state: TensorValues): void {
    for (const [name, value] of Object.entries(state)) this.#write(name, value);
  }

  #write(name: string, given: TensorValue | undefined): void {
    const held = this.#state.get(name);
    if (!held) {
      throw new Sim4SegError('SHAPE_MISMATCH', {
        must: `the state of ${this.graph.name} has a tensor '${name}'`,
        got: 'a name that it does not know',
        fix: 'load the state of the same training step',
      });
    }
    const { shape, dtype } = held.value;
    held.value.data.set(expectValue(`${this.graph.name}: ${name}`, given, { shape, dtype }).data);
  }

  state(): Record<string, TensorValue> {
    return Object.fromEntries([...this.#state].map(([name, { value }]) => [name, value]));
  }

  #feeds(inputs: TensorValues, schedule: StepSchedule): Record<string, OrtTensor> {
    const scalars = scheduleValues(this.options.optimizer, schedule);
    const feeds: Record<string, OrtTensor> = {};
    for (const port of this.graph.inputs) {
      const place = (SCHEDULE_NAMES as readonly string[]).indexOf(port.name);
      const held = this.#state.get(port.name);
      if (held) feeds[port.name] = held.native;
      else if (place >= 0) feeds[port.name] = this.session.toOrt(scalarTensor(scalars[place]!));
      else
        feeds[port.name] = this.session.toOrt(expectValue(`${this.graph.name}: ${port.name}`, inputs[port.name], port));
    }
    return feeds;
  }

  /** The tensor that holds a state is where its next value is written. */
  #fetches(): Record<string, OrtTensor | null> {
    const entries = this.graph.outputs.map(({ name }) => {
      const held = name.endsWith(NEXT_SUFFIX) ? this.#state.get(name.slice(0, -NEXT_SUFFIX.length)) : undefined;
      return [name, held?.native ?? null] as const;
    });
    return Object.fromEntries(entries);
  }

  async step(inputs: TensorValues, schedule: StepSchedule): Promise<Record<string, number>> {
    const feeds = this.#feeds(inputs, schedule);
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
    this.#state.clear();
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
export async function compileTrainStep(options: TrainStepOptions): Promise<TrainStep> {
  const graph = recordStep(options);
  const session = await createOrtSession(graph.model, {
    ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
    ...options.session,
  });
  return new CompiledStep(graph, session, options);
}
