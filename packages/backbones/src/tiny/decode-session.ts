import { expectFinite } from '@sim4seg/core';
import type { GraphRunner, GraphValue } from '@sim4seg/core';
import { HIDDEN_BIAS, cacheNames } from '../llama/cache.js';
import { headWidth } from '../llama/sizes.js';
import { decodeGraph } from './graphs.js';
import { prefixLength } from './sizes.js';
import type { TinySizes } from './sizes.js';

/** What a prefill left for all paths of a question. */
export interface TinyPrefix {
  readonly cache: Readonly<Record<string, GraphValue>>;
  /** Real tokens in the cache; the slots behind them are padding. */
  readonly filled: number;
  /** The prompt's last token: the first that a decode step reads. */
  readonly lastId: number;
}

/** What a decode step says about one path. */
export interface StepRow {
  /** float32[V] */
  readonly logits: Float32Array;
  /** float32[D]; the seg embedding if the token chosen from `logits` is [SEG] */
  readonly segEmbedding: Float32Array;
}

export interface DecodeSessionOptions {
  readonly graphs: GraphRunner;
  readonly sizes: TinySizes;
  readonly prefix: TinyPrefix;
  /** Paths that the graph is compiled for. */
  readonly batch: number;
}

/** Runs a batch of paths token by token over one prefix. @throws NOT_FINITE for logits of damaged weights */
export interface DecodeSession {
  /** Reads one token a path (missing ones are padding rows); rows in the order of `ids`. */
  step(ids: readonly number[], options: { readonly signal?: AbortSignal | undefined }): Promise<StepRow[]>;
}

export function createDecodeSession({ graphs, sizes, prefix, batch }: DecodeSessionOptions): DecodeSession {
  const suffix = createSuffix(sizes, batch);
  let slot = 0;
  return {
    async step(ids, options) {
      const inputs = { ...prefix.cache, ...suffix.values, ...stepInputs(ids, { sizes, prefix, batch, slot }) };
      const outputs = await graphs.run(decodeGraph(batch), inputs, options);
      expectFinite('logits', outputs['logits']!.data as Float32Array);
      suffix.write(slot, outputs);
      slot += 1;
      return ids.map((_, path) => ({
        logits: rowOf(outputs['logits']!, path),
        segEmbedding: rowOf(outputs['segEmbeddings']!, path),
      }));
    },
  };
}

interface StepPlace {
  readonly sizes: TinySizes;
  readonly prefix: TinyPrefix;
  readonly batch: number;
  readonly slot: number;
}

function stepInputs(ids: readonly number[], { sizes, prefix, batch, slot }: StepPlace): Record<string, GraphValue> {
  const start = prefixLength(sizes);
  const keys = start + sizes.answerTokens + 1;
  const bias = new Float32Array(batch * keys).fill(HIDDEN_BIAS);
  for (let path = 0; path < batch; path++) {
    const row = bias.subarray(path * keys, (path + 1) * keys);
    row.fill(0, 0, prefix.filled);
    row.fill(0, start, start + slot);
    row[keys - 1] = 0;
  }
  const read = Int32Array.from({ length: batch }, (_, path) => ids[path] ?? 0);
  return {
    ids: { data: read, shape: [batch], dtype: 'int32' },
    positions: { data: new Int32Array(batch).fill(prefix.filled + slot), shape: [batch], dtype: 'int32' },
    bias: { data: bias, shape: [batch, keys], dtype: 'float32' },
  };
}

interface Suffix {
  readonly values: Readonly<Record<string, GraphValue>>;
  write(slot: number, rows: Readonly<Record<string, GraphValue>>): void;
}

/** The paths' own keys and values, kept on this side; a step returns only what is new. */
function createSuffix({ llama, answerTokens }: TinySizes, batch: number): Suffix {
  const width = headWidth(llama);
  const lines = batch * llama.keyValueHeads;
  const empty = (): GraphValue => ({
    data: new Float32Array(lines * answerTokens * width),
    shape: [batch, llama.keyValueHeads, answerTokens, width],
    dtype: 'float32',
  });
  const keys = Array.from({ length: llama.layers }, empty);
  const values = Array.from({ length: llama.layers }, empty);
  const names = [
    ...keys.map((value, layer) => [cacheNames.suffixKey(layer), value] as const),
    ...values.map((value, layer) => [cacheNames.suffixValue(layer), value] as const),
  ];
  const writeRows = (cache: readonly GraphValue[], rows: GraphValue, slot: number): void =>
    cache.forEach(({ data }, layer) => {
      for (let line = 0; line < lines; line++) {
        const from = (layer * lines + line) * width;
        const row = (rows.data as Float32Array).subarray(from, from + width);
        (data as Float32Array).set(row, (line * answerTokens + slot) * width);
      }
    });
  return {
    values: Object.fromEntries(names),
    write: (slot, outputs) => {
      writeRows(keys, outputs['keyRows']!, slot);
      writeRows(values, outputs['valueRows']!, slot);
    },
  };
}

function rowOf({ data, shape }: GraphValue, row: number): Float32Array {
  const width = shape[1] as number;
  return (data as Float32Array).slice(row * width, (row + 1) * width);
}
