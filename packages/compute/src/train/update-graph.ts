import { Graph } from '../trace/graph.js';
import type { OutputSpec, Value } from '../trace/graph.js';
import { binary, castTo, compare, reshapeTo } from '../trace/nodes.js';
import { bindSpec, PARAM_PREFIX, toOnnxGraph } from '../trace/trace.js';
import type { OnnxGraph } from '../trace/trace.js';
import { recordAdamw, recordFinite, SCHEDULE_NAMES } from './adamw.js';
import type { ScheduleInputs } from './adamw.js';
import { recordClipFactor, recordNorm } from './clip.js';
import type { ResolvedStep } from './step-options.js';
import { FIRST_PREFIX, SECOND_PREFIX } from './step-state.js';

/** Suffix of an output that replaces the input of the same name. */
export const NEXT_SUFFIX = ':next';
export const NORM_NAME = 'gradNorm';
/** Sums of gradients over the batches of one update. */
export const SUM_PREFIX = 'sum/';

/** A parameter that moves, and its gradient. */
export interface Reached {
  readonly key: string;
  readonly param: Value;
  readonly gradient: Value;
}

function scheduleInputs(graph: Graph): ScheduleInputs {
  const scalar = { shape: [], dtype: 'float32' } as const;
  const [lr, firstCorrection, secondCorrection] = SCHEDULE_NAMES.map((name) => graph.input(name, scalar));
  return { lr: lr!, firstCorrection: firstCorrection!, secondCorrection: secondCorrection! };
}

/**
 * The norm plus zeros that are known only once every reported number is, and plus the loss. The state is overwritten
 * in place: whatever reads a parameter has to run before its update, and every update waits for this value.
 */
function recordGate(graph: Graph, norm: Value, { loss, ...metrics }: Readonly<Record<string, Value>>): Value {
  const zeros = Object.values(metrics).map((metric) => {
    const scalar = reshapeTo(graph, metric, []);
    return castTo(graph, compare(graph, 'Greater', scalar, scalar), 'float32');
  });
  const all = loss ? [...zeros, reshapeTo(graph, loss, [])] : zeros;
  return all.reduce((sum, x) => binary(graph, 'Add', sum, x), norm);
}

/** Records clipping and AdamW for all that moves; nothing is applied where the norm or the loss is not finite. */
export function recordUpdates(
  graph: Graph,
  options: ResolvedStep,
  { reached, metrics }: { reached: readonly Reached[]; metrics: Readonly<Record<string, Value>> },
): void {
  const schedule = scheduleInputs(graph);
  const norm = recordNorm(
    graph,
    reached.map(({ gradient }) => gradient),
  );
  graph.output(NORM_NAME, norm);
  const finite = recordFinite(graph, recordGate(graph, norm, metrics));
  const factor = recordClipFactor(graph, norm, options.clip);
  for (const { key, param, gradient } of reached) {
    const m = graph.input(FIRST_PREFIX + key, param);
    const v = graph.input(SECOND_PREFIX + key, param);
    const next = recordAdamw(graph, { param, m, v }, gradient, {
      finite,
      factor,
      schedule,
      options: options.optimizer,
      decays: options.decays(key),
      rateScale: options.rateScale(key),
    });
    graph.output(PARAM_PREFIX + key + NEXT_SUFFIX, next.param);
    graph.output(FIRST_PREFIX + key + NEXT_SUFFIX, next.m);
    graph.output(SECOND_PREFIX + key + NEXT_SUFFIX, next.v);
  }
}

/** The second graph of a step that accumulates: clipping and AdamW on the sums of the gradients. */
export function recordUpdateGraph(options: ResolvedStep, moving: readonly string[]): OnnxGraph {
  const graph = new Graph(`${options.name}-update`);
  const specOf = (key: string): OutputSpec => bindSpec(`${options.name}.${key}`, options.params[key]!, options.dims);
  const reached = moving.map((key) => ({
    key,
    param: graph.input(PARAM_PREFIX + key, specOf(key)),
    gradient: graph.input(SUM_PREFIX + key, specOf(key)),
  }));
  recordUpdates(graph, options, { reached, metrics: {} });
  return toOnnxGraph(graph);
}
