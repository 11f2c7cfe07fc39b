import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import { differentiate } from '../kernel/differentiate.js';
import type { Tensors } from '../program.js';
import { Graph } from '../trace/graph.js';
import type { Value } from '../trace/graph.js';
import { binary, scalarValue } from '../trace/nodes.js';
import { inputTensor, valueOfTensor, withTracing } from '../trace/trace-backend.js';
import { asTraceError } from '../trace/trace-error.js';
import { symbolsOf, wholeDims } from '../trace/symbols/free-symbols.js';
import { recordSymbolic } from '../trace/symbols/record-symbolic.js';
import { bindSpec, inputTensors, PARAM_PREFIX, toOnnxGraph } from '../trace/trace.js';
import type { OnnxGraph } from '../trace/trace.js';
import type { ResolvedStep } from './step-options.js';
import { NEXT_SUFFIX, recordUpdates, SUM_PREFIX } from './update-graph.js';
import type { Reached } from './update-graph.js';

export const METRIC_PREFIX = 'metric/';

/** What a step moves and reports. */
export interface StepPlan {
  /** Names of the parameters that move. */
  readonly moving: readonly string[];
  readonly metrics: readonly string[];
}

export interface StepGraph extends OnnxGraph, StepPlan {}

/** Forward and backward pass as graph values. */
interface Recorded {
  readonly reached: readonly Reached[];
  readonly metrics: Readonly<Record<string, Value>>;
}

type Finish = (graph: Graph, options: ResolvedStep, recorded: Recorded) => void;

/**
 * Records forward pass, backward pass, clipping and AdamW as one graph.
 * @throws PROGRAM_INVALID for a loss that is no scalar or does not reach a trainable parameter
 * @throws TRACE_UNSUPPORTED, TRACE_READS_DATA
 */
export function recordStep(options: ResolvedStep): StepGraph {
  return recordWith(options, recordUpdates);
}

/** Records forward and backward pass, which add their share to sums of gradients; throws as {@link recordStep}. */
export function recordAccumulation(options: ResolvedStep): StepGraph {
  return recordWith(options, (graph, { accumulate }, { reached }) => {
    for (const { key, gradient } of reached) {
      const sum = graph.input(SUM_PREFIX + key, gradient);
      const share = binary(graph, 'Mul', gradient, scalarValue(graph, 1 / accumulate));
      graph.output(SUM_PREFIX + key + NEXT_SUFFIX, binary(graph, 'Add', sum, share));
    }
  });
}

/** What the step would move and report; throws as {@link recordStep}. */
export function planStep(options: ResolvedStep): StepPlan {
  return record(new Graph(options.name), options, () => undefined);
}

function recordWith(options: ResolvedStep, finish: Finish): StepGraph {
  const free = symbolsOf(options.inputs).filter((symbol) => options.dims[symbol] === undefined);
  if (free.length > 0) return recordFree(options, finish, free);
  const graph = new Graph(options.name);
  const plan = record(graph, options, finish);
  return { ...toOnnxGraph(graph), ...plan };
}

/** Sizes of the batch that nobody named stay free; those of parameters are state and have to be known. */
function recordFree(options: ResolvedStep, finish: Finish, free: readonly string[]): StepGraph {
  let plan: StepPlan = { moving: [], metrics: [] };
  const { graph, multiples } = recordSymbolic({
    name: options.name,
    free,
    taken: wholeDims(options.params, options.inputs),
    record: (into, sizes) => {
      plan = record(into, { ...options, dims: { ...options.dims, ...sizes } }, finish);
    },
  });
  return { ...toOnnxGraph(graph, multiples), ...plan };
}

function record(graph: Graph, options: ResolvedStep, finish: Finish): StepPlan {
  let plan: StepPlan = { moving: [], metrics: [] };
  try {
    withTracing(graph, () => {
      const recorded = recordPasses(graph, options);
      for (const [key, value] of Object.entries(recorded.metrics)) graph.output(METRIC_PREFIX + key, value);
      finish(graph, options, recorded);
      plan = { moving: recorded.reached.map(({ key }) => key), metrics: Object.keys(recorded.metrics) };
    });
  } catch (error) {
    throw asTraceError(options.name, error);
  }
  return plan;
}

function recordPasses(graph: Graph, options: ResolvedStep): Recorded {
  const { name, params: specs, dims } = options;
  const params = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => {
      return [key, inputTensor(graph, PARAM_PREFIX + key, bindSpec(`${name}.${key}`, spec, dims))] as const;
    }),
  );
  const inputs = inputTensors(graph, name, options.inputs, dims);
  const asked = Object.keys(params).filter(options.trains);
  const { gradients, metrics } = gradientsOf(options, { params, inputs, asked });
  const moving = asked.filter((key) => gradients.has(key));
  const valueOf = (key: string): Value => valueOfTensor(params[key]!);
  return { reached: moving.map((key) => ({ key, param: valueOf(key), gradient: gradients.get(key)! })), metrics };
}

interface Differentiated {
  readonly gradients: ReadonlyMap<string, Value>;
  readonly metrics: Readonly<Record<string, Value>>;
}

/** The graph values are read inside, because tfjs frees the tensors when the gradient is done. */
function gradientsOf(
  options: ResolvedStep,
  { params, inputs, asked }: { params: Tensors; inputs: Tensors; asked: readonly string[] },
): Differentiated {
  expectSomething(options.name, asked);
  let metrics: Record<string, Value> = {};
  const forward = (): Tensor => {
    const results = options.loss(params, inputs);
    metrics = Object.fromEntries(
      Object.entries(results).map(([key, tensor]) => [key, scalarOf(options.name, key, tensor)]),
    );
    return results.loss;
  };
  const sources = asked.map((key) => params[key]!);
  const found = differentiate(forward, sources).gradients;
  const gradients = new Map<string, Value>();
  asked.forEach((key, i) => found[i] && gradients.set(key, valueOfTensor(found[i])));
  const missing = asked.filter((key) => !gradients.has(key));
  if (!options.allowUnused) expectAllReached(options.name, missing);
  return { gradients, metrics };
}

function expectSomething(step: string, asked: readonly string[]): void {
  if (asked.length > 0) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `${step} trains at least one parameter`,
    got: 'a `trainable` that matches none',
    fix: 'correct its patterns, or leave it out to train all parameters',
  });
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
