import type { Graph, Value } from '../trace/graph.js';
import { binary, scalarValue, unary } from '../trace/nodes.js';

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

export interface Moments {
  readonly param: Value;
  readonly m: Value;
  readonly v: Value;
}

/**
 * Records one parameter's update. Every result is an element-wise function of the old state and of the clipped
 * gradient, so that the runtime may write it over the old state.
 * @source torch/optim/adamw.py, _single_tensor_adamw
 */
export function recordAdamw(
  graph: Graph,
  { param, m, v }: Moments,
  gradient: Value,
  { schedule, options, decays, rateScale }: UpdateContext,
): Moments {
  const constant = (x: number): Value => scalarValue(graph, x);
  const mul = (a: Value, b: Value): Value => binary(graph, 'Mul', a, b);
  const add = (a: Value, b: Value): Value => binary(graph, 'Add', a, b);
  const sub = (a: Value, b: Value): Value => binary(graph, 'Sub', a, b);
  const { beta1, beta2, eps, weightDecay } = options;
  const rate = rateScale === 1 ? schedule.lr : mul(schedule.lr, constant(rateScale));
  const first = add(mul(m, constant(beta1)), mul(gradient, constant(1 - beta1)));
  const second = add(mul(v, constant(beta2)), mul(mul(gradient, gradient), constant(1 - beta2)));
  const deviation = add(mul(unary(graph, 'Sqrt', second), schedule.secondCorrection), constant(eps));
  const change = mul(binary(graph, 'Div', first, deviation), mul(rate, schedule.firstCorrection));
  const kept = decays ? mul(param, sub(constant(1), mul(rate, constant(weightDecay)))) : param;
  return { param: sub(kept, change), m: first, v: second };
}

export interface UpdateContext {
  readonly schedule: ScheduleInputs;
  readonly options: AdamwOptions;
  readonly decays: boolean;
  readonly rateScale: number;
}
