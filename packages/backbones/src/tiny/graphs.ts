/** Numbers of paths that a decode graph is compiled for. */
export const DECODE_BATCHES: readonly number[] = [1, 4, 16];

export const PREFILL_GRAPH = 'llama-tiny.prefill';

/** Name of the decode graph for a number of paths. */
export const decodeGraph = (paths: number): string => `llama-tiny.decode.b${paths}`;

/** File of the bundle that holds the tokenizer. */
export const TOKENIZER_FILE = 'tokenizer.json';
