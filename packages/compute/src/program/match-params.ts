import { Sim4SegError } from '@sim4seg/core';
import type { Dim, Program } from '../program.js';
import type { Dims } from '../trace/trace.js';

/** What is known of a weight before its elements are read. */
export interface Described {
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface MatchOptions {
  /** Whether weights that no parameter asks for are an error; by default a file may hold several programs' weights. */
  readonly refuseUnexpected?: boolean;
}

/** Stored types that the graph turns into a parameter's type. */
const storedTypes: Readonly<Record<string, readonly string[]>> = {
  float32: ['float32', 'float16', 'bfloat16', 'float64'],
  int32: ['int32', 'int64', 'int16', 'int8'],
  bool: ['bool'],
};

const shownNames = 12;

/**
 * Finds each parameter's weight, by the parameter's name or its official key.
 * @throws WEIGHTS_INVALID naming all missing, wrongly shaped and unexpected weights at once
 */
export function matchParams<T extends Described>(
  program: Program,
  dims: Dims,
  weights: { get(name: string): T | undefined; keys(): Iterable<string> },
  options: MatchOptions = {},
): Record<string, T> {
  const unused = new Set(weights.keys());
  const missing: string[] = [];
  const wrong: string[] = [];
  const found: Record<string, T> = {};
  for (const [name, declared] of Object.entries(program.params)) {
    const bound = declared.dims.map((dim) => (typeof dim === 'string' ? (dims[dim] ?? dim) : dim));
    const spec = { dtype: declared.dtype ?? 'float32', shape: bound };
    const stored = [name, declared.key ?? name].find((key) => weights.get(key) !== undefined);
    const weight = stored === undefined ? undefined : weights.get(stored);
    unused.delete(stored ?? name);
    if (!weight) missing.push(declared.key && declared.key !== name ? `${name} (key ${declared.key})` : name);
    else if (!fits(weight, spec)) wrong.push(`${name} is ${show(weight)} instead of ${show(spec)}`);
    else found[name] = weight;
  }
  const unexpected = [...unused];
  if (missing.length || wrong.length || (options.refuseUnexpected && unexpected.length))
    throw misfit(program.name, { missing, 'wrong shape or type': wrong, unexpected });
  return found;
}

interface Expected {
  readonly dtype: string;
  /** Sizes, and symbols that nobody has bound: they fit every size. */
  readonly shape: readonly Dim[];
}

function fits({ shape, dtype }: Described, spec: Expected): boolean {
  const fitsSize = (dim: Dim, axis: number): boolean => typeof dim === 'string' || dim === shape[axis];
  if (shape.length !== spec.shape.length || !spec.shape.every(fitsSize)) return false;
  return (storedTypes[spec.dtype] ?? [spec.dtype]).includes(dtype);
}

function show({ dtype, shape }: Expected): string {
  return `${dtype}[${shape.join(', ')}]`;
}

function misfit(program: string, problems: Readonly<Record<string, readonly string[]>>): Sim4SegError {
  const parts = Object.entries(problems)
    .filter(([, names]) => names.length)
    .map(([kind, names]) => `${names.length} ${kind}: ${shorten(names)}`);
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: `The weights of ${program} are given under its parameter names or keys, with the declared shapes and types`,
    got: parts.join('; '),
    fix: 'load the weights that belong to this program, or compare their names with its key table',
  });
}

function shorten(names: readonly string[]): string {
  const more = names.length - shownNames;
  return names.slice(0, shownNames).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
