import type { Graph, Value } from '../trace/graph.js';
import { binary, compare, emit, scalarValue, unary } from '../trace/nodes.js';

/** AdamW with decoupled weight decay, as torch.optim.AdamW. */
export interface AdamwOptions {
  readonly kind: 'adamw';
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** AdamW with torch's defaults. @source torch.optim.AdamW */
export function adamw(options: Partial<Omit<AdamwOptions, 'kind'>> = {}): AdamwOptions {
  return { kind: 'adamw', beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, ...options };
}

/** What changes from step to step; scalars that the graph gets as inputs. */
export interface ScheduleInputs {
  readonly lr: Value;
  /** 1 / (1 - beta1^t) */
  readonly firstCorrection: Value;
  /** 1 / sqrt(1 - beta2^t) */
  readonly secondCorrection: Value;
}

export const SCHEDULE_NAMES = ['schedule/lr', 'schedule/first', 'schedule/second'] as const;

/** Values of {@link ScheduleInputs} at step `step` (the first step is 1). */
export function scheduleValues({ beta1, beta2 }: AdamwOptions, { lr, step }: { lr: number; step: number }): number[] {
  return [lr, 1 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)];
}

/** Scalars of one update that all parameters share. */
export interface UpdateScalars {
  /** bool: whether the loss and all gradients are finite. Where it is false every update keeps the state. */
  readonly finite: Value;
  /** Factor on the gradients, from clipping. */
  readonly factor: Value;
  readonly schedule: ScheduleInputs;
}

export interface Moments {
  readonly param: Value;
  readonly m: Value;
  readonly v: Value;
}

export interface UpdateContext extends UpdateScalars {
  readonly options: AdamwOptions;
  readonly decays: boolean;
  readonly rateScale: number;
}

/** Scalars of the update of parameters that are treated alike. */
export interface UpdateFactors {
  readonly finite: Value;
  readonly keepFirst: Value;
  readonly gainFirst: Value;
  readonly keepSecond: Value;
  readonly gainSecond: Value;
  readonly eps: Value;
  readonly rate: Value;
  /** Null where nothing decays. */
  readonly keepParam: Value | null;
}

/** Records the scalars of an update; with a gradient that is not finite they keep every value as it is. */
export function recordFactors(
  graph: Graph,
  { finite, factor, schedule, options, decays, rateScale }: UpdateContext,
): UpdateFactors {
  const constant = (x: number): Value => scalarValue(graph, x);
  const mul = (a: Value, b: Value): Value => binary(graph, 'Mul', a, b);
  const unless = (kept: number, x: Value): Value => emit(graph, 'Where', [finite, x, constant(kept)], x);
  const { beta1, beta2, eps, weightDecay } = options;
  const rate = rateScale === 1 ? schedule.lr : mul(schedule.lr, constant(rateScale));
  return {
    finite,
    keepFirst: unless(1, constant(beta1)),
    gainFirst: unless(0, mul(factor, constant(1 - beta1))),
    keepSecond: unless(1, constant(beta2)),
    gainSecond: unless(0, mul(mul(factor, factor), constant(1 - beta2))),
    // The second correction is taken out of the root: a pass over the tensor less.
    eps: binary(graph, 'Div', constant(eps), schedule.secondCorrection),
    rate: unless(0, binary(graph, 'Div', mul(rate, schedule.firstCorrection), schedule.secondCorrection)),
    keepParam: decays ? unless(1, binary(graph, 'Sub', constant(1), mul(rate, constant(weightDecay)))) : null,
  };
}

/**
 * Records one parameter's update. Every result is an element-wise function of the old state and of the gradient, so
 * that the runtime may write it over the old state. The factor of clipping is part of the scalars, so that it costs no
 * pass over the gradient; its place takes the choice between the gradient and zeros.
 * @source torch/optim/adamw.py, _single_tensor_adamw
 */
export function recordAdamw(graph: Graph, { param, m, v }: Moments, gradient: Value, scalars: UpdateFactors): Moments {
  const mul = (a: Value, b: Value): Value => binary(graph, 'Mul', a, b);
  const add = (a: Value, b: Value): Value => binary(graph, 'Add', a, b);
  const safe = emit(graph, 'Where', [scalars.finite, gradient, scalarValue(graph, 0)], gradient);
  const first = add(mul(m, scalars.keepFirst), mul(safe, scalars.gainFirst));
  const second = add(mul(v, scalars.keepSecond), mul(mul(safe, safe), scalars.gainSecond));
  const deviation = add(unary(graph, 'Sqrt', second), scalars.eps);
  const change = mul(binary(graph, 'Div', first, deviation), scalars.rate);
  const kept = scalars.keepParam ? mul(param, scalars.keepParam) : param;
  return { param: binary(graph, 'Sub', kept, change), m: first, v: second };
}

/** bool: whether a scalar is neither NaN nor infinite. */
export function recordFinite(graph: Graph, x: Value): Value {
  return compare(graph, 'Equal', binary(graph, 'Sub', x, x), scalarValue(graph, 0));
}
