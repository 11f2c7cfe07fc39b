import type { ParamSpec } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import { bindDims } from '../trace/trace.js';
import type { Dims } from '../trace/trace.js';

/** Scrambles 32 bits, so that counters become independent numbers. */
function mix(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

function hashText(text: string, seed: number): number {
  let hash = mix(seed ^ 0x9e3779b9);
  for (let i = 0; i < text.length; i += 1) hash = mix(hash ^ Math.imul(text.charCodeAt(i) + i, 0x01000193));
  return hash;
}

/** Uniform in (0, 1), a function of stream and counter alone. */
function uniformAt(stream: number, counter: number): number {
  return (mix(stream ^ mix(counter + 0x6d2b79f5)) + 0.5) / 4294967296;
}

function normalAt(stream: number, counter: number): number {
  const radius = Math.sqrt(-2 * Math.log(uniformAt(stream, 2 * counter)));
  return radius * Math.cos(2 * Math.PI * uniformAt(stream, 2 * counter + 1));
}

function fillValue(
  init: NonNullable<ParamSpec['init']>,
  shape: readonly number[],
): (stream: number, i: number) => number {
  if (init === 'zeros') return () => 0;
  if (init === 'ones') return () => 1;
  if ('constant' in init) return () => init.constant;
  if ('normal' in init) return (stream, i) => init.normal * normalAt(stream, i);
  const inputs = shape.length > 1 ? shape.slice(1).reduce((a, b) => a * b, 1) : (shape[0] ?? 1);
  const bound = init.fanIn / Math.sqrt(inputs);
  return (stream, i) => bound * (2 * uniformAt(stream, i) - 1);
}

/** float32 values of one parameter; matrices without a rule are filled by `{ fanIn: 1 }`, vectors with zeros. */
function initParam(name: string, spec: ParamSpec, seed: number, dims: Dims): TensorValue {
  const shape = bindDims(name, spec.dims, dims);
  const fill = fillValue(spec.init ?? (shape.length > 1 ? { fanIn: 1 } : 'zeros'), shape);
  const stream = hashText(name, seed);
  const count = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length: count }, (_, i) => fill(stream, i)), shape, dtype: 'float32' };
}

/**
 * Fresh parameters. Each is a function of its name and the seed alone, so that one more parameter changes no other.
 * @throws PROGRAM_INVALID for a symbol without a size
 */
export function initParams<P extends string>(
  specs: Readonly<Record<P, ParamSpec>>,
  seed: number,
  dims: Dims = {},
): Record<P, TensorValue> {
  const entries = Object.entries<ParamSpec>(specs).map(([name, spec]) => {
    return [name, initParam(name, spec, seed, dims)] as const;
  });
  return Object.fromEntries(entries) as Record<P, TensorValue>;
}

/** The names of `K` that begin with `P`, without it; any name where the names are not known. */
export type Scoped<K extends string, P extends string> = string extends K
  ? string
  : K extends `${P}${infer N}`
    ? N
    : never;

/** The parameters whose names begin with `prefix`, without it. */
export function scopeParams<T, K extends string, P extends string>(
  params: Readonly<Record<K, T>>,
  prefix: P,
): Record<Scoped<K, P>, T> {
  const inside = Object.entries<T>(params).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(inside.map(([name, param]) => [name.slice(prefix.length), param])) as Record<
    Scoped<K, P>,
    T
  >;
}

/** The names of `K` behind `P`; any name where the names are not known. */
export type Prefixed<P extends string, K extends string> = string extends K ? string : `${P}${K}`;

/** The same specs under names that begin with `prefix`. */
export function prefixSpecs<S, K extends string, P extends string>(
  prefix: P,
  specs: Readonly<Record<K, S>>,
): Record<Prefixed<P, K>, S> {
  const entries = Object.entries<S>(specs).map(([name, spec]) => [prefix + name, spec] as const);
  return Object.fromEntries(entries) as Record<Prefixed<P, K>, S>;
}
