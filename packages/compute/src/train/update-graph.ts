import { Graph } from '../trace/graph.js';
import type { OutputSpec, Value } from '../trace/graph.js';
import { binary, castTo, compare, reshapeTo } from '../trace/nodes.js';
import { bindSpec, PARAM_PREFIX, toOnnxGraph } from '../trace/trace.js';
import type { OnnxGraph } from '../trace/trace.js';
import { recordAdamw, recordFactors, recordFinite, SCHEDULE_NAMES } from './adamw.js';
import type { ScheduleInputs, UpdateFactors } from './adamw.js';
import { recordClipFactor, recordNorm } from './clip.js';
import { cutValues, groupSmall, joinValues } from './join-small.js';
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

/** Parameters that are updated together, and their gradients as one. */
interface UpdateGroup {
  /** Groups of one kind have the same decay and rate. */
  readonly kind: string;
  readonly keys: readonly string[];
  readonly params: readonly Value[];
  readonly gradient: Value;
}

/** A third of the nodes of a transformer's step would update its biases and norms one by one. */
function groupsOf(graph: Graph, options: ResolvedStep, reached: readonly Reached[]): UpdateGroup[] {
  const kindOf = ({ key }: Reached): string => `${options.decays(key)} ${options.rateScale(key)}`;
  return groupSmall(reached, ({ param }) => param.shape, kindOf).map((group) => ({
    kind: kindOf(group[0]!),
    keys: group.map(({ key }) => key),
    params: group.map(({ param }) => param),
    gradient: joinValues(
      graph,
      group.map(({ gradient }) => gradient),
    ),
  }));
}

function recordGroup(graph: Graph, { keys, params, gradient }: UpdateGroup, factors: UpdateFactors): void {
  const inputs = (prefix: string): Value[] => keys.map((key, i) => graph.input(prefix + key, params[i]!));
  const join = (values: readonly Value[]): Value => joinValues(graph, values);
  const moments = { param: join(params), m: join(inputs(FIRST_PREFIX)), v: join(inputs(SECOND_PREFIX)) };
  const next = recordAdamw(graph, moments, gradient, factors);
  for (const [prefix, value] of [
    [PARAM_PREFIX, next.param],
    [FIRST_PREFIX, next.m],
    [SECOND_PREFIX, next.v],
  ] as const) {
    cutValues(graph, value, params).forEach((part, i) => graph.output(prefix + keys[i]! + NEXT_SUFFIX, part));
  }
}

/** Records clipping and AdamW for all that moves; nothing is applied where the norm or the loss is not finite. */
export function recordUpdates(
  graph: Graph,
  options: ResolvedStep,
  { reached, metrics }: { reached: readonly Reached[]; metrics: Readonly<Record<string, Value>> },
): void {
  const schedule = scheduleInputs(graph);
  const groups = groupsOf(graph, options, reached);
  const norm = recordNorm(
    graph,
    groups.map(({ gradient }) => gradient),
  );
  graph.output(NORM_NAME, norm);
  const finite = recordFinite(graph, recordGate(graph, norm, metrics));
  const factor = recordClipFactor(graph, norm, options.clip);
  const byKind = new Map<string, UpdateFactors>();
  for (const group of groups) {
    const [decays, rateScale] = [options.decays(group.keys[0]!), options.rateScale(group.keys[0]!)];
    const context = { finite, factor, schedule, options: options.optimizer, decays, rateScale };
    const factors = byKind.get(group.kind) ?? recordFactors(graph, context);
    byKind.set(group.kind, factors);
    recordGroup(graph, group, factors);
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
