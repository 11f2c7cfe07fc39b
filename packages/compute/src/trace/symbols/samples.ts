import type { Graph } from '../graph.js';

/** One trace, and the sizes that its symbols had, in the order of the symbols. */
export interface Sample {
  readonly graph: Graph;
  readonly sizes: readonly number[];
}

/** A number that moved with the sizes and follows no expression of them. */
export interface BakedNumber {
  /** Name of the value that holds it, or that the node makes. */
  readonly value: string;
  /** ONNX operator that uses it. */
  readonly op: string;
  readonly what: string;
}

const PRIMES = [
  5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239, 241,
];

export interface SentinelOptions {
  readonly count: number;
  /** No prime below it is taken. */
  readonly from: number;
  /** What every size of a symbol is a multiple of, in the order of the symbols. */
  readonly multiples: readonly number[];
  /** Sizes that the program has anyway. */
  readonly taken: ReadonlySet<number>;
}

/** Primes alone are all odd: halves that are rounded up would look exact. One sample doubles them, one triples them. */
const SPREAD = [1, 2, 3];

/** Sizes for each sample, all different, none of them a size that the program declares. */
export function sentinels({ count, from, multiples, taken }: SentinelOptions): number[][] {
  const free = PRIMES.filter((prime) => prime >= from && !taken.has(prime));
  const width = multiples.length;
  return Array.from({ length: count }, (_, sample) =>
    multiples.map((multiple, i) => multiple * (SPREAD[sample] ?? 1) * free[(sample * width + i) % free.length]!),
  );
}
