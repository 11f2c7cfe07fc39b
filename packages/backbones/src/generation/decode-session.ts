import { expectFinite } from '@sim4seg/core';
import type { GraphRunner, GraphValue } from '@sim4seg/core';
import { HIDDEN_BIAS } from '../llama/cache.js';
import type { LlamaSizes } from '../llama/sizes.js';
import { createSuffix } from './suffix.js';

/** What a prefill left for all paths of a question. */
export interface PromptPrefix {
  readonly cache: Readonly<Record<string, GraphValue>>;
  /** Rows of the cache. */
  readonly slots: number;
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

/** Room for the tokens of a path. */
export interface SuffixRoom {
  /** Most tokens. */
  readonly most: number;
  /** Slots to begin with; they double until they are `most`. Graphs of fixed sizes begin with all. */
  readonly first: number;
}

export interface DecodeSessionOptions {
  readonly graphs: GraphRunner;
  readonly graph: string;
  readonly llama: LlamaSizes;
  readonly prefix: PromptPrefix;
  readonly room: SuffixRoom;
  /** Rows that the graph is run with. */
  readonly batch: number;
  /** Which keys the graph takes a bias for: all, or those of the suffix where a prefix is never padded. */
  readonly biasOver: 'keys' | 'suffix';
}

/** Runs a batch of paths token by token over one prefix. @throws NOT_FINITE for logits of damaged weights */
export interface DecodeSession {
  /** Reads one token a path (missing ones are padding rows); rows in the order of `ids`. */
  step(ids: readonly number[], options: { readonly signal?: AbortSignal | undefined }): Promise<StepRow[]>;
}

export function createDecodeSession(options: DecodeSessionOptions): DecodeSession {
  const { graphs, graph, llama, prefix, batch, room, biasOver } = options;
  const suffix = createSuffix(llama, { ...room, batch });
  let slot = 0;
  return {
    async step(ids, { signal }) {
      suffix.reserve(slot + 1);
      const place = { prefix, batch, slot, room: suffix.slots, biasOver };
      const inputs = { ...prefix.cache, ...suffix.values(), ...stepInputs(ids, place) };
      const outputs = await graphs.run(graph, inputs, { signal });
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
  readonly prefix: PromptPrefix;
  readonly batch: number;
  readonly slot: number;
  /** Slots of the suffix. */
  readonly room: number;
  readonly biasOver: 'keys' | 'suffix';
}

function stepInputs(ids: readonly number[], place: StepPlace): Record<string, GraphValue> {
  const { prefix, batch, slot, biasOver } = place;
  const read = Int32Array.from({ length: batch }, (_, path) => ids[path] ?? 0);
  return {
    ids: { data: read, shape: [batch], dtype: 'int32' },
    positions: { data: new Int32Array(batch).fill(prefix.filled + slot), shape: [batch], dtype: 'int32' },
    ...(biasOver === 'keys' ? { bias: keysBias(place) } : { suffixBias: suffixBias(place) }),
  };
}

/** float32[batch,P+S+1] */
function keysBias({ prefix, batch, slot, room }: StepPlace): GraphValue {
  const start = prefix.slots;
  const keys = start + room + 1;
  const row = new Float32Array(keys).fill(HIDDEN_BIAS);
  row.fill(0, 0, prefix.filled);
  row.fill(0, start, start + slot);
  row[keys - 1] = 0;
  return repeatRow(row, batch);
}

/** float32[batch,S] */
function suffixBias({ batch, slot, room }: StepPlace): GraphValue {
  return repeatRow(new Float32Array(room).fill(HIDDEN_BIAS).fill(0, 0, slot), batch);
}

function repeatRow(row: Float32Array, batch: number): GraphValue {
  const data = new Float32Array(batch * row.length);
  for (let path = 0; path < batch; path++) data.set(row, path * row.length);
  return { data, shape: [batch, row.length], dtype: 'float32' };
}

function rowOf({ data, shape }: GraphValue, row: number): Float32Array {
  const width = shape[1] as number;
  return (data as Float32Array).slice(row * width, (row + 1) * width);
}
