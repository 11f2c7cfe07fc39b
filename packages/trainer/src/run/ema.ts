import type { TensorValue } from '@sim4seg/compute';

type Params = Record<string, TensorValue>;

/** Prefix of averaged weights in checkpoints. */
export const EMA_PREFIX = 'ema/';

/** A moving average of the weights that a phase trains. */
export interface Ema {
  /** Takes the weights after step `step` (from 1) of the phase; `live` has `param/<name>`. */
  update(live: Readonly<Params>, step: number): void;
  /** `ema/<name>`, for checkpoints. */
  state(): Params;
  /** By the names of the parameters. */
  params(): Params;
}

/**
 * Weights averaged as e = d e + (1 - d) w with d = min(decay, (1 + step) / (10 + step)), so that the start is soon
 * forgotten. It begins at the given values.
 * @source TensorFlow, ExponentialMovingAverage with num_updates
 */
export function createEma(decay: number, start: Readonly<Params>): Ema {
  const averages = new Map(Object.entries(start).map(([name, value]) => [name, copyOf(value)] as const));
  const named = (prefix: string): Params =>
    Object.fromEntries([...averages].map(([name, value]) => [`${prefix}${name}`, value]));
  return {
    update(live, step) {
      const rate = Math.min(decay, (1 + step) / (10 + step));
      for (const [name, { data }] of averages) blend(data as Float32Array, live[`param/${name}`]?.data, rate);
    },
    state: () => named(EMA_PREFIX),
    params: () => named(''),
  };
}

function blend(average: Float32Array, now: TensorValue['data'] | undefined, rate: number): void {
  if (now) for (let i = 0; i < average.length; i++) average[i] = rate * average[i]! + (1 - rate) * (now[i] as number);
}

function copyOf(value: TensorValue): TensorValue {
  return { ...value, data: value.data.slice() };
}
