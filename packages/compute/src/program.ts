import { Sim4SegError } from '@sim4seg/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DType } from './tensor-value.js';

/** A size, or the name of a symbol that is bound when the program is compiled or run. */
export type Dim = number | string;

export interface TensorSpec {
  readonly dtype?: DType;
  readonly dims: readonly Dim[];
}

/** How a fresh parameter is filled; `fanIn` is uniform within gain / sqrt(inputs), as torch fills linear layers. */
export type Init =
  'zeros' | 'ones' | { readonly normal: number } | { readonly constant: number } | { readonly fanIn: number };

export interface ParamSpec extends TensorSpec {
  readonly init?: Init;
  /** Key in official checkpoints, where it differs from the parameter's name. */
  readonly key?: string;
}

export type Specs<S extends TensorSpec = TensorSpec> = Readonly<Record<string, S>>;

export type Tensors = Record<string, Tensor>;

/** The math of a model: a pure function of parameters and inputs, written with `ops`, beside its declared shapes. */
export interface Program {
  readonly name: string;
  readonly params: Specs<ParamSpec>;
  readonly inputs: Specs;
  readonly outputs: Specs;
  run(params: Tensors, inputs: Tensors): Tensors;
}

type LooseSpec<S extends TensorSpec> = S | (Omit<S, 'dims'> & { readonly shape: readonly Dim[] }) | readonly Dim[];

/** What `defineProgram` takes: specs may also be `{shape}` or a bare array of dims. */
export interface ProgramDefinition {
  readonly name: string;
  readonly params?: Readonly<Record<string, LooseSpec<ParamSpec>>>;
  readonly inputs: Readonly<Record<string, LooseSpec<TensorSpec>>>;
  readonly outputs: Readonly<Record<string, LooseSpec<TensorSpec>>>;
  run(params: Tensors, inputs: Tensors): Tensors;
}

function dimsOf(spec: unknown): readonly Dim[] | undefined {
  if (Array.isArray(spec)) return spec as readonly Dim[];
  const loose = spec as { dims?: readonly Dim[]; shape?: readonly Dim[] };
  return loose.dims ?? loose.shape;
}

function isDim(dim: unknown): boolean {
  if (typeof dim === 'number') return Number.isInteger(dim) && dim >= 0;
  return typeof dim === 'string' && dim.length > 0;
}

function toSpecs<S extends TensorSpec>(where: string, specs: Readonly<Record<string, LooseSpec<S>>>): Specs<S> {
  const entries = Object.entries(specs).map(([name, spec]) => {
    const dims = dimsOf(spec);
    if (!dims?.every(isDim)) {
      throw new Sim4SegError('PROGRAM_INVALID', {
        must: `${where}.${name} declares dims: whole numbers and symbol names`,
        got: JSON.stringify(spec),
        fix: `write { dims: ['batch', 3] }, { shape: ['batch', 3] } or ['batch', 3]`,
      });
    }
    const rest = Array.isArray(spec) ? {} : spec;
    return [name, { dtype: 'float32', ...rest, dims }] as const;
  });
  return Object.fromEntries(entries) as unknown as Specs<S>;
}

/**
 * Declares a program. Dims are sizes or symbols; the same symbol means the same size everywhere in the program.
 * @throws PROGRAM_INVALID for a spec without dims or a program without name or outputs
 */
export function defineProgram(definition: ProgramDefinition): Program {
  const { name, params = {}, inputs, outputs } = definition;
  if (!name || Object.keys(outputs).length === 0) {
    throw new Sim4SegError('PROGRAM_INVALID', {
      must: 'a program has a name and at least one output',
      got: `name ${JSON.stringify(name)}, outputs ${JSON.stringify(Object.keys(outputs))}`,
      fix: 'give both to defineProgram',
    });
  }
  return {
    name,
    params: toSpecs<ParamSpec>(`${name}.params`, params),
    inputs: toSpecs<TensorSpec>(`${name}.inputs`, inputs),
    outputs: toSpecs<TensorSpec>(`${name}.outputs`, outputs),
    run: (p, x) => definition.run(p, x),
  };
}
