import type { TensorValue } from '@sim4seg/compute';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { EMA_PREFIX } from './ema.js';

type Params = Record<string, TensorValue>;
const PARAM_PREFIX = 'param/';

/** Parameters of a checkpoint's state, by name. */
export function paramsOf(state: Readonly<Params>): Params {
  return withPrefix(state, PARAM_PREFIX);
}

/** Averaged weights of a checkpoint's state, by name; none where nothing is averaged. */
export function averagesOf(state: Readonly<Params>): Params {
  return withPrefix(state, EMA_PREFIX);
}

/** The part of a checkpoint that the step of a phase with these parameters holds. */
export function stepStateOf(params: Readonly<Record<string, unknown>>, { state }: Checkpoint): Params {
  const own = Object.entries(state).filter(
    ([key]) => !key.startsWith(EMA_PREFIX) && key.slice(key.indexOf('/') + 1) in params,
  );
  return Object.fromEntries(own);
}

export function copied(value: TensorValue): TensorValue {
  return { ...value, data: value.data.slice() };
}

function withPrefix(state: Readonly<Params>, prefix: string): Params {
  const own = Object.entries(state).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}
