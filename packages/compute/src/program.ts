import { Sim4SegError } from '@sim4seg/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { DType } from './tensor-value.js';

/** A size, the name of a symbol that is bound when the program is compiled or run, or a sum or product such as `n + 1`. */
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

/** Tensors by name; where the names are known, each is certainly there. */
export type Named<N extends string> = Record<N, Tensor>;

/**
 * The math of a model: a pure function of parameters and inputs, written with `ops`, beside its declared shapes. `P`,
 * `I` and `O` are the names of its parameters, inputs and outputs; `defineProgram` reads them off the declaration.
 */
export interface Program<P extends string = string, I extends string = string, O extends string = string> {
  readonly name: string;
  readonly params: Readonly<Record<P, ParamSpec>>;
  readonly inputs: Readonly<Record<I, TensorSpec>>;
  readonly outputs: Readonly<Record<O, TensorSpec>>;
  run(params: Named<P>, inputs: Named<I>): Named<O>;
}

/** A spec as people write it: `{dims}`, `{shape}` or a bare array of dims. */
export type LooseSpec<S extends TensorSpec> =
  S | (Omit<S, 'dims'> & { readonly shape: readonly Dim[] }) | readonly Dim[];

/** What `defineProgram` takes. */
export interface ProgramDefinition<P extends string = string, I extends string = string, O extends string = string> {
  readonly name: string;
  readonly params?: Readonly<Record<P, LooseSpec<ParamSpec>>>;
  readonly inputs: Readonly<Record<I, LooseSpec<TensorSpec>>>;
  readonly outputs: Readonly<Record<O, LooseSpec<TensorSpec>>>;
  run(params: Named<NoInfer<P>>, inputs: Named<NoInfer<I>>): Named<NoInfer<O>>;
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

/** Specs in their full form. @throws PROGRAM_INVALID for a spec without dims */
export function toSpecs<N extends string, S extends TensorSpec>(
  where: string,
  specs: Readonly<Record<N, LooseSpec<S>>>,
): Readonly<Record<N, S>> {
  const entries = Object.entries<LooseSpec<S>>(specs).map(([name, spec]) => {
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
  return Object.fromEntries(entries) as unknown as Readonly<Record<N, S>>;
}

/**
 * Declares a program. Dims are sizes or symbols; the same symbol means the same size everywhere in the program. `run`
 * gets exactly the tensors that are declared and returns one for each output.
 * @throws PROGRAM_INVALID for a spec without dims or a program without name or outputs
 */
export function defineProgram<P extends string = never, I extends string = string, O extends string = string>(
  definition: ProgramDefinition<P, I, O>,
): Program<P, I, O> {
  const { name, params = {} as Record<P, never>, inputs, outputs } = definition;
  if (!name || Object.keys(outputs).length === 0) {
    throw new Sim4SegError('PROGRAM_INVALID', {
      must: 'a program has a name and at least one output',
      got: `name ${JSON.stringify(name)}, outputs ${JSON.stringify(Object.keys(outputs))}`,
      fix: 'give both to defineProgram',
    });
  }
  return {
    name,
    params: toSpecs<P, ParamSpec>(`${name}.params`, params),
    inputs: toSpecs<I, TensorSpec>(`${name}.inputs`, inputs),
    outputs: toSpecs<O, TensorSpec>(`${name}.outputs`, outputs),
    run: (p, x) => definition.run(p, x),
  };
}
