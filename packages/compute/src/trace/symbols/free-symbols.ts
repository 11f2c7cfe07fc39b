import { Sim4SegError } from '@sim4seg/core';
import type { Program, Specs } from '../../program.js';
import { isComputed, symbolsIn } from '../../dim-size.js';
import { nearestNames } from '../../kernel/taps.js';
import type { Dims, ParamSource, TraceOptions } from '../trace.js';

export function symbolsOf(...groups: readonly Specs[]): string[] {
  const dims = groups.flatMap((specs) => Object.values(specs).flatMap((spec) => spec.dims));
  return [...new Set(dims.flatMap(symbolsIn))];
}

/** Sizes among the declared dims, which must not stand for a symbol. */
export function wholeDims(...groups: readonly Specs[]): ReadonlySet<number> {
  const dims = groups.flatMap((specs) => Object.values(specs).flatMap((spec) => spec.dims));
  return new Set(dims.filter((dim) => typeof dim === 'number'));
}

/** Symbols whose sizes a graph reads off its inputs when it runs, because nobody named them. */
export function freeSymbols(program: Program, { dims, params }: TraceOptions): string[] {
  const fed = (params?.kind ?? 'inputs') === 'inputs' ? [program.params, program.inputs] : [program.inputs];
  return symbolsOf(...fed).filter((symbol) => dims[symbol] === undefined);
}

/** Sizes that the shapes of bound parameters give to their symbols. */
export function storedDims(program: Program, params: ParamSource | undefined): Dims {
  if (!params || params.kind === 'inputs') return {};
  const stored = params.kind === 'values' ? params.values : params.ranges;
  const entries = Object.entries(program.params).flatMap(([name, { dims }]) => {
    const shape = stored[name]?.shape;
    return dims.flatMap((dim, i) => (!isComputed(dim) && shape?.[i] !== undefined ? [[dim, shape[i]]] : []));
  });
  return Object.fromEntries(entries) as Dims;
}

/** @throws PROGRAM_INVALID for a size of a symbol that the program does not have */
export function expectKnownSymbols(program: Program, dims: Dims): void {
  const known = symbolsOf(program.params, program.inputs, program.outputs);
  const unknown = Object.keys(dims).find((symbol) => !known.includes(symbol));
  if (unknown === undefined) return;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `dims name symbols of program ${program.name}`,
    got: `'${unknown}', which it does not have; ${known.length ? `it has ${nearestNames(unknown, known).join(', ')}` : 'it has none'}`,
    fix: 'correct the name, or leave it out',
  });
}
