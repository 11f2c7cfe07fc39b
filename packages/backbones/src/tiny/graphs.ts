import type { GraphRunner } from '@sim4seg/core';
import type { PathGroup } from '../generation/sample-paths.js';

/** Numbers of paths that a decode graph is compiled for. */
export const DECODE_BATCHES: readonly number[] = [1, 4, 16];

export const PREFILL_GRAPH = 'llama-tiny.prefill';

/** Name of the decode graph for a number of paths. */
export const decodeGraph = (paths: number): string => `llama-tiny.decode.b${paths}`;

/** File of the bundle that holds the tokenizer. */
export const TOKENIZER_FILE = 'tokenizer.json';

/** Splits paths over the decode graphs that the bundle has: the smallest that holds them, else several of the largest. */
export function tinyPathGroups(paths: number, graphs: GraphRunner): PathGroup[] {
  const known = DECODE_BATCHES.filter((batch) => graphs.has(decodeGraph(batch)));
  const sizes = known.length > 0 ? known : DECODE_BATCHES;
  const largest = sizes.at(-1) as number;
  const groups: PathGroup[] = [];
  for (let first = 0; first < paths; first += largest) {
    const count = Math.min(largest, paths - first);
    const batch = sizes.find((size) => size >= count) ?? largest;
    groups.push({ first, count, batch, graph: decodeGraph(batch) });
  }
  return groups;
}
