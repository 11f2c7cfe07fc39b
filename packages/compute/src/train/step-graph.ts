import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import type { Tensors } from '../program.js';
import { Graph } from '../trace/graph.js';
import type { Value } from '../trace/graph.js';
import { binary, castTo, compare, reshapeTo } from '../trace/nodes.js';
import { inputTensor, valueOfTensor, withTracing } from '../trace/trace-backend.js';
import { asTraceError, bindSpec, inputTensors, PARAM_PREFIX, toOnnxGraph } from '../trace/trace.js';
import type { OnnxGraph } from '../trace/trace.js';
import { recordAdamw, SCHEDULE_NAMES } from './adamw.js';
import type { ScheduleInputs } from './adamw.js';
import { recordClip, recordNorm } from './clip.js';
import type { ResolvedStep } from './step-options.js';
import { FIRST_PREFIX, SECOND_PREFIX } from './step-state.js';

/** Suffix of an output that replaces the input of the same name. */
export const NEXT_SUFFIX = ':next';
export const METRIC_PREFIX = 'metric/';
export const NORM_NAME = 'gradNorm';

export interface StepGraph extends OnnxGraph {
  /** Names of the parameters that move. */
  readonly moving: readonly string[];
  readonly metrics: readonly string[];
}

/** What a step moves and reports. */
export interface StepPlan {
  readonly moving: readonly string[];
  readonly metrics: readonly string[];
}

function record(graph: Graph, options: ResolvedStep): StepPlan {
  let recorded: StepPlan = { moving: [], metrics: [] };
  try {
    withTracing(graph, () => {
      recorded = recordAll(graph, options);
    });
  } catch (error) {
    throw asTraceError(options.name, error);
  }
  return recorded;
}

/**
 * Records forward pass, backward pass, clipping and AdamW as one graph.
 * @throws PROGRAM_INVALID for a loss that is no scalar or does not reach a trainable parameter
 * @throws TRACE_UNSUPPORTED, TRACE_READS_DATA
 */
export function recordStep(options: ResolvedStep): StepGraph {
  const graph = new Graph(options.name);
  const plan = record(graph, options);
  return { ...toOnnxGraph(graph), ...plan };
}

/** What the step would move and report; throws as {@link recordStep} does. */
export function planStep(options: ResolvedStep): StepPlan {
  return record(new Graph(options.name), options);
}

function recordAll(graph: Graph, options: ResolvedStep): StepPlan {
  const { name, params: specs, dims } = options;
  const params = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => {
      return [key, inputTensor(graph, PARAM_PREFIX + key, bindSpec(`${name}.${key}`, spec, dims))] as const;
    }),
  );
  const inputs = inputTensors(graph, name, options.inputs, dims);
  const asked = Object.keys(params).filter(options.trains);
  const { gradients, metrics } = differentiate(options, { params, inputs, asked });
  for (const [key, value] of Object.entries(metrics)) graph.output(METRIC_PREFIX + key, value);
  const moving = asked.filter((key) => gradients.has(key));
  const valueOf = (key: string): Value => valueOfTensor(params[key]!);
  recordUpdates(
    graph,
    options,
    moving.map((key) => ({ key, param: valueOf(key), gradient: gradients.get(key)! })),
    Object.values(metrics),
  );
  return { moving, metrics: Object.keys(metrics) };
}

interface Differentiated {
  readonly gradients: ReadonlyMap<string, Value>;
  readonly metrics: Readonly<Record<string, Value>>;
}

/** The graph values are read inside, because tfjs frees the tensors when the gradient is done. */
function differentiate(
  options: ResolvedStep,
  { params, inputs, asked }: { params: Tensors; inputs: Tensors; asked: readonly string[] },
): Differentiated {
  let metrics: Record<string, Value> = {};
  const forward = (): Tensor => {
    const results = options.loss(params, inputs);
    metrics = Object.fromEntries(
      Object.entries(results).map(([key, tensor]) => [key, scalarOf(options.name, key, tensor)]),
    );
    return results.loss;
  };
  const { grads } = engine().gradients(
    forward,
    asked.map((key) => params[key]!),
    undefined,
    true,
  );
  const gradients = new Map<string, Value>();
  // tfjs leaves holes for parameters that the loss does not reach.
  asked.forEach((key, i) => grads[i] && gradients.set(key, valueOfTensor(grads[i])));
  if (!options.allowUnused)
    expectAllReached(
      options.name,
      asked.filter((key) => !gradients.has(key)),
    );
  return { gradients, metrics };
}

function scalarOf(step: string, key: string, tensor: Tensor): Value {
  if (tensor.size === 1) return valueOfTensor(tensor);
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `'${key}' of the loss of ${step} is a scalar`,
    got: `shape [${tensor.shape.join(', ')}]`,
    fix: 'reduce it with ops.mean or ops.sum',
  });
}

function expectAllReached(step: string, missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `the loss of ${step} depends on every trainable parameter`,
    got: `no gradient for ${missing.slice(0, 8).join(', ')}${missing.length > 8 ? ', ...' : ''}`,
    fix: 'leave them out of trainable, or pass allowUnused: true',
  });
}

interface Reached {
  readonly key: string;
  readonly param: Value;
  readonly gradient: Value;
}

/**
 * The norm plus zeros that are known only once every reported number is. The state is overwritten in place: whatever
 * reads a parameter has to run before its update, and the update waits for this value.
 */
function afterMetrics(graph: Graph, norm: Value, metrics: readonly Value[]): Value {
  const zeros = metrics.map((metric) => {
    const scalar = reshapeTo(graph, metric, []);
    return castTo(graph, compare(graph, 'Greater', scalar, scalar), 'float32');
  });
  return zeros.reduce((sum, zero) => binary(graph, 'Add', sum, zero), norm);
}

function recordUpdates(
  graph: Graph,
  options: ResolvedStep,
  reached: readonly Reached[],
  metrics: readonly Value[],
): void {
  const scalar = { shape: [], dtype: 'float32' } as const;
  const [lr, firstCorrection, secondCorrection] = SCHEDULE_NAMES.map((name) => graph.input(name, scalar));
  const schedule: ScheduleInputs = { lr: lr!, firstCorrection: firstCorrection!, secondCorrection: secondCorrection! };
  const raw = reached.map(({ gradient }) => gradient);
  const norm = recordNorm(graph, raw);
  graph.output(NORM_NAME, norm);
  const clipped = recordClip(graph, raw, afterMetrics(graph, norm, metrics), options.clip);
  reached.forEach(({ key, param }, i) => {
    const m = graph.input(FIRST_PREFIX + key, param);
    const v = graph.input(SECOND_PREFIX + key, param);
    const next = recordAdamw(graph, { param, m, v }, clipped[i]!, {
      schedule,
      options: options.optimizer,
      decays: options.decays(key),
      rateScale: options.rateScale(key),
    });
    graph.output(PARAM_PREFIX + key + NEXT_SUFFIX, next.param);
    graph.output(FIRST_PREFIX + key + NEXT_SUFFIX, next.m);
    graph.output(SECOND_PREFIX + key + NEXT_SUFFIX, next.v);
  });
}
