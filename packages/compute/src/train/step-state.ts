import { Sim4SegError } from '@sim4seg/core';
import { sizeOf } from '../kernel/shapes.js';
import type { TensorValues } from '../program/compile.js';
import { expectValue } from '../program/inputs.js';
import type { TensorValue } from '../tensor-value.js';
import { bindDims, PARAM_PREFIX } from '../trace/trace.js';
import type { ResolvedStep } from './step-options.js';

export const FIRST_PREFIX = 'm/';
export const SECOND_PREFIX = 'v/';

type StateValue = TensorValue<Float32Array>;

/** The tensors that a training step owns. Their storage never changes, so that engines may hold on to it. */
export class StepState {
  readonly values: ReadonlyMap<string, StateValue>;

  constructor(
    private readonly step: ResolvedStep,
    moving: readonly string[],
  ) {
    const shapeOf = (key: string): number[] => bindDims(`${step.name}.${key}`, step.params[key]!.dims, step.dims);
    const zeros = (prefix: string, key: string): [string, StateValue] => {
      const shape = shapeOf(key);
      return [prefix + key, { data: new Float32Array(sizeOf(shape)), shape, dtype: 'float32' }];
    };
    this.values = new Map([
      ...Object.keys(step.params).map((key) => zeros(PARAM_PREFIX, key)),
      ...moving.flatMap((key) => [zeros(FIRST_PREFIX, key), zeros(SECOND_PREFIX, key)]),
    ]);
  }

  get(name: string): StateValue {
    return this.values.get(name)!;
  }

  /** @throws SHAPE_MISMATCH */
  init(params: TensorValues): void {
    for (const key of Object.keys(this.step.params)) this.#write(PARAM_PREFIX + key, params[key]);
    for (const [name, { data }] of this.values) if (!name.startsWith(PARAM_PREFIX)) data.fill(0);
  }

  /** @throws SHAPE_MISMATCH */
  load(state: TensorValues): void {
    for (const [name, value] of Object.entries(state)) this.#write(name, value);
  }

  params(): Record<string, TensorValue> {
    const entries = Object.keys(this.step.params).map((key) => {
      const { data, ...rest } = this.get(PARAM_PREFIX + key);
      return [key, { ...rest, data: data.slice() }] as const;
    });
    return Object.fromEntries(entries);
  }

  all(): Record<string, TensorValue> {
    return Object.fromEntries(this.values);
  }

  #write(name: string, given: TensorValue | undefined): void {
    const held = this.values.get(name);
    if (!held) {
      throw new Sim4SegError('SHAPE_MISMATCH', {
        must: `the state of ${this.step.name} has a tensor '${name}'`,
        got: 'a name that it does not know',
        fix: 'load the state of the same training step',
      });
    }
    const { shape, dtype } = held;
    held.data.set(expectValue(`${this.step.name}: ${name}`, given, { shape, dtype }).data);
  }
}
