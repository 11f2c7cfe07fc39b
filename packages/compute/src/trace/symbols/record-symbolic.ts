import { Sim4SegError, isSim4SegError } from '@sim4seg/core';
import { checkGraph } from '../check/check-graph.js';
import { Graph } from '../graph.js';
import { removeDead } from '../remove-dead.js';
import { sourceLine, withDeepStacks } from '../source-line.js';
import { generalise } from './generalise.js';
import { sentinels } from './samples.js';
import type { BakedNumber, Sample } from './samples.js';

export interface SymbolicRecording {
  readonly name: string;
  /** Symbols whose sizes stay free. */
  readonly free: readonly string[];
  /** Sizes that the program declares. */
  readonly taken: ReadonlySet<number>;
  record(graph: Graph, sizes: Readonly<Record<string, number>>): void;
}

export interface SymbolicGraph {
  readonly graph: Graph;
  /** What each free symbol has to be a multiple of. */
  readonly multiples: Readonly<Record<string, number>>;
}

const SAMPLES = 5;
/** Large enough not to be met by chance, small enough that arrays of several free axes stay small. */
const FIRST_PRIME = 37;
const SMALL_PRIME = 5;
const MULTIPLES = [2, 4, 8, 16, 32];

interface Attempt {
  readonly from: number;
  readonly multiples: readonly number[];
}

const named = (symbols: readonly string[], sizes: readonly number[]): Record<string, number> =>
  Object.fromEntries(symbols.map((symbol, i) => [symbol, sizes[i]!]));

function recordOnce(recording: SymbolicRecording, sizes: readonly number[], locate?: (value: string) => void): Graph {
  const graph = new Graph(recording.name, { symbolic: true, ...(locate && { locate }) });
  recording.record(graph, named(recording.free, sizes));
  removeDead(graph);
  checkGraph(graph);
  return graph;
}

/** What a graph says about a value: its constant, or the node that makes it. */
function fingerprint(graph: Graph, value: string): string {
  const constant = graph.constants.find((c) => c.value.name === value);
  if (constant) return [constant.value.shape, ...Array.from(constant.data as ArrayLike<number | bigint>)].join();
  const index = graph.nodes.findIndex(({ outputs }) => outputs.includes(value));
  const node = graph.nodes[index];
  return node ? JSON.stringify([index, node, graph.values.get(value)?.shape]) : 'none';
}

/** The symbols that move a value when they alone take another size. */
function blame(recording: SymbolicRecording, samples: readonly Sample[], value: string): string[] {
  const [base, other] = samples as [Sample, Sample];
  const before = fingerprint(base.graph, value);
  return recording.free.filter((_, i) => {
    const sizes = base.sizes.map((size, j) => (i === j ? other.sizes[j]! : size));
    return fingerprint(recordOnce(recording, sizes), value) !== before;
  });
}

function locate(recording: SymbolicRecording, sizes: readonly number[], value: string): string {
  let place: string | undefined;
  withDeepStacks(() => recordOnce(recording, sizes, (name) => {
    if (name === value) place = sourceLine(new Error('here').stack);
  })); // prettier-ignore
  return place ? ` at ${place}` : '';
}

function bakedError(recording: SymbolicRecording, samples: readonly Sample[], baked: BakedNumber): Sim4SegError {
  const { op, what, value } = baked;
  const moving = blame(recording, samples, value);
  const symbols = moving.length > 0 ? moving : recording.free;
  return new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `program ${recording.name} computes every size from ${recording.free.join(', ')}, whose sizes are free`,
    got: `${what} of ${op}${locate(recording, samples[0]!.sizes, value)}, baked in for one size of ${symbols.join(', ')}`,
    fix: `bind it when compiling: dims: { ${symbols.map((symbol) => `${symbol}: ...`).join(', ')} }; or build it from shapes, ops.range and ops.fill`,
  });
}

const sizesOf = ({ taken }: SymbolicRecording, how: Attempt): number[][] =>
  sentinels({ ...how, count: SAMPLES, taken });

function attempt(recording: SymbolicRecording, how: Attempt): Graph {
  const samples = sizesOf(recording, how).map((list) => ({ sizes: list, graph: recordOnce(recording, list) }));
  return generalise(recording.free, samples, (baked) => {
    throw bakedError(recording, samples, baked);
  });
}

/** Errors that another choice of sizes may not meet: halves of odd sizes, tables that end. */
const mayDependOnSize = (error: unknown): boolean =>
  isSim4SegError(error) && ['SHAPE_MISMATCH', 'TRACE_UNSUPPORTED', 'PROGRAM_INVALID'].includes(error.code);

const isMismatch = (error: unknown): boolean => isSim4SegError(error) && error.code === 'SHAPE_MISMATCH';

function tryAttempt(recording: SymbolicRecording, how: Attempt): { graph: Graph } | { error: unknown } {
  try {
    return { graph: attempt(recording, how) };
  } catch (error) {
    return { error };
  }
}

/** Gives up multiples that a symbol does not need. */
function relax(recording: SymbolicRecording, graph: Graph, multiples: readonly number[]): SymbolicGraph {
  const best = { graph, multiples };
  recording.free.forEach((_, i) => {
    const fewer = best.multiples.map((multiple, j) => (i === j ? 1 : multiple));
    const result = tryAttempt(recording, { from: SMALL_PRIME, multiples: fewer });
    if ('graph' in result) Object.assign(best, { graph: result.graph, multiples: fewer });
  });
  return { graph: best.graph, multiples: named(recording.free, best.multiples) };
}

/**
 * Records a program with free sizes: several times with different prime numbers in their place, from which follows how
 * every recorded number depends on them. Where primes do not fit, because the program halves a size or bounds it,
 * smaller ones and multiples of powers of two are tried.
 * @throws TRACE_UNSUPPORTED naming op, number and source line of what is baked in for one size
 * @throws SHAPE_MISMATCH where the program fits none of the sizes
 */
export function recordSymbolic(recording: SymbolicRecording): SymbolicGraph {
  const ones = recording.free.map(() => 1);
  const plain = tryAttempt(recording, { from: FIRST_PRIME, multiples: ones });
  if ('graph' in plain) return { graph: plain.graph, multiples: named(recording.free, ones) };
  const small = tryAttempt(recording, { from: SMALL_PRIME, multiples: ones });
  if ('graph' in small) return { graph: small.graph, multiples: named(recording.free, ones) };
  if (!mayDependOnSize(plain.error)) throw plain.error;
  for (const multiple of MULTIPLES) {
    const multiples = ones.map(() => multiple);
    const result = tryAttempt(recording, { from: SMALL_PRIME, multiples });
    if ('graph' in result) return relax(recording, result.graph, multiples);
  }
  throw isMismatch(plain.error) ? unfitting(recording, plain.error) : plain.error;
}

function unfitting(recording: SymbolicRecording, cause: unknown): Sim4SegError {
  const { must, got } = cause as Sim4SegError;
  const [first = []] = sizesOf(recording, { from: FIRST_PRIME, multiples: recording.free.map(() => 1) });
  const tried = recording.free.map((symbol, i) => `${symbol} = ${first[i]}`).join(', ');
  return new Sim4SegError('SHAPE_MISMATCH', {
    must: `program ${recording.name} runs for any ${recording.free.join(', ')}; at ${tried}: ${must}`,
    got,
    fix: `correct what differs; if it holds for some sizes only, bind them when compiling: dims: { ${recording.free.map((symbol) => `${symbol}: ...`).join(', ')} }`,
    cause,
  });
}
