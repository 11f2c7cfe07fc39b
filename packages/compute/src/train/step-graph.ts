import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import type { ParamSpec, Specs, Tensors } from '../program.js';
import type { OrtSessionOptions } from '../session/ort-session.js';
import { Graph } from '../trace/graph.js';
import type { Value } from '../trace/graph.js';
import { binary, castTo, compare, reshapeTo } from '../trace/nodes.js';
import { inputTensor, valueOfTensor, withTracing } from '../trace/trace-backend.js';
import { asTraceError, bindSpec, inputTensors, PARAM_PREFIX, toOnnxGraph } from '../trace/trace.js';
import type { Dims, OnnxGraph } from '../trace/trace.js';
import { recordAdamw, SCHEDULE_NAMES } from './adamw.js';
import type { AdamwOptions, ScheduleInputs } from './adamw.js';
import { recordClip, recordNorm } from './clip.js';

export const FIRST_PREFIX = 'm/';
export const SECOND_PREFIX = 'v/';
/** Suffix of an output that replaces the input of the same name. */
export const NEXT_SUFFIX = ':next';
export const METRIC_PREFIX = 'metric/';
export const NORM_NAME = 'gradNorm';

/** A scalar loss, and further scalars that are only reported. */
export type Loss = (params: Tensors, inputs: Tensors) => { readonly loss: Tensor } & Readonly<Record<string, Tensor>>;

export interface TrainStepOptions {
  readonly name: string;
  readonly params: Specs<ParamSpec>;
  readonly inputs: Specs;
  readonly loss: Loss;
  readonly trainable: (name: string) => boolean;
  /** Which parameters decay; none by default. */
  readonly weightDecay?: (name: string) => boolean;
  readonly learningRateScale?: (name: string) => number;
  readonly optimizer: AdamwOptions;
  /** Largest global norm of the gradients; Infinity leaves them as they are. */
  readonly clip: number;
  readonly dims?: Dims;
  readonly threads?: number;
  /** Settings of the runtime beside `threads`. */
  readonly session?: OrtSessionOptions;
  /** Parameters that the loss does not reach are left as they are instead of refused. */
  readonly allowUnused?: boolean;
}

export interface StepGraph extends OnnxGraph {
  /** Names of the parameters that move. */
  readonly moving: readonly string[];
  readonly metrics: readonly string[];
}

/**
 * Records forward pass, backward pass, clipping and AdamW as one graph.
 * @throws PROGRAM_INVALID for a loss that is no scalar or does not reach a trainable parameter
 * @throws TRACE_UNSUPPORTED, TRACE_READS_DATA
 */
export function recordStep(options: TrainStepOptions): StepGraph {
  const graph = new Graph(options.name);
  let recorded: { moving: string[]; metrics: string[] } = { moving: [], metrics: [] };
  try {
    withTracing(graph, () => {
      recorded = recordAll(graph, options);
    });
  } catch (error) {
    throw asTraceError(options.name, error);
  }
  return { ...toOnnxGraph(graph), ...recorded };
}

function recordAll(graph: Graph, options: TrainStepOptions): { moving: string[]; metrics: string[] } {
  const dims = options.dims ?? {};
  const { name, params: specs } = options;
  const params = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => {
      return [key, inputTensor(graph, PARAM_PREFIX + key, bindSpec(`${name}.${key}`, spec, dims))] as const;
    }),
  );
  const inputs = inputTensors(graph, name, options.inputs, dims);
  const asked = Object.keys(params).filter(options.trainable);
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
  options: TrainStepOptions,
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
  options: TrainStepOptions,
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
      decays: options.weightDecay?.(key) ?? false,
      rateScale: options.learningRateScale?.(key) ?? 1,
    });
    graph.output(PARAM_PREFIX + key + NEXT_SUFFIX, next.param);
    graph.output(FIRST_PREFIX + key + NEXT_SUFFIX, next.m);
    graph.output(SECOND_PREFIX + key + NEXT_SUFFIX, next.v);
  });
}
