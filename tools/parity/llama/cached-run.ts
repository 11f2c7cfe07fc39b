import { cacheNames, llamaDecodeProgram, llamaPrefillProgram, llamaProgram } from '@sim4seg/backbones';
import type { LlamaSizes } from '@sim4seg/backbones';
import type { TensorValue } from '@sim4seg/compute';
import type { Engine } from '../engines.js';
import { causalBias, positionRows } from './batch.js';

type Values = Record<string, TensorValue>;

/** One sequence: a prompt read at once, then token by token over its cache. */
export interface CachedRun {
  /** float32[prompt * V] */
  readonly promptLogits: Float32Array;
  /** Reads one token; float32[V] of the next. */
  read(id: number): Promise<Float32Array>;
  /** float32[keyValueHeads * tokens * d] of all tokens read so far. */
  keys(layer: number): Float32Array;
  values(layer: number): Float32Array;
}

interface RunOptions {
  readonly engine: Engine;
  readonly sizes: LlamaSizes;
  readonly params: Values;
  /** Tokens that may be read after the prompt. */
  readonly room: number;
}

export async function startCachedRun(
  prompt: readonly number[],
  { engine, sizes, params, room }: RunOptions,
): Promise<CachedRun> {
  const inputs = promptInputs(prompt);
  const { logits } = await engine.run(llamaProgram(sizes), params, inputs);
  const prefix = await engine.run(llamaPrefillProgram(sizes), params, inputs);
  const suffix = emptySuffix(sizes, room);
  let used = 0;
  const read = async (id: number): Promise<Float32Array> => {
    const step = { ...prefix, ...suffix, ...stepInputs(id, { prompt: prompt.length, room, used }) };
    const outputs = await engine.run(llamaDecodeProgram(sizes), params, step);
    for (let layer = 0; layer < sizes.layers; layer++) {
      store(suffix[cacheNames.suffixKey(layer)]!, outputs['keyRows']!, { layer, slot: used });
      store(suffix[cacheNames.suffixValue(layer)]!, outputs['valueRows']!, { layer, slot: used });
    }
    used += 1;
    return outputs['logits']!.data as Float32Array;
  };
  const joined = (prefixName: string, suffixName: string): Float32Array =>
    joinCache(prefix[prefixName]!, suffix[suffixName]!, used);
  return {
    promptLogits: logits!.data as Float32Array,
    read,
    keys: (layer) => joined(cacheNames.prefixKey(layer), cacheNames.suffixKey(layer)),
    values: (layer) => joined(cacheNames.prefixValue(layer), cacheNames.suffixValue(layer)),
  };
}

function promptInputs(prompt: readonly number[]): Values {
  return {
    ids: { data: Int32Array.from(prompt), shape: [1, prompt.length], dtype: 'int32' },
    positions: positionRows(1, prompt.length),
    bias: causalBias(1, prompt.length),
  };
}

function stepInputs(id: number, { prompt, room, used }: { prompt: number; room: number; used: number }): Values {
  const keys = prompt + room + 1;
  const bias = Float32Array.from({ length: keys }, (_, key) => (key < prompt + used || key === keys - 1 ? 0 : -1e9));
  return {
    ids: { data: Int32Array.of(id), shape: [1], dtype: 'int32' },
    positions: { data: Int32Array.of(prompt + used), shape: [1], dtype: 'int32' },
    bias: { data: bias, shape: [1, keys], dtype: 'float32' },
  };
}

function emptySuffix({ layers, keyValueHeads, hiddenSize, heads }: LlamaSizes, room: number): Values {
  const shape = [1, keyValueHeads, room, hiddenSize / heads];
  const length = shape.reduce((product, size) => product * size, 1);
  const names = Array.from({ length: layers }, (_, n) => [cacheNames.suffixKey(n), cacheNames.suffixValue(n)]).flat();
  return Object.fromEntries(names.map((name) => [name, { data: new Float32Array(length), shape, dtype: 'float32' }]));
}

/** Puts the rows float32[layers,1,keyValueHeads,d] of a layer into its slot. */
function store(suffix: TensorValue, rows: TensorValue, { layer, slot }: { layer: number; slot: number }): void {
  const [, heads = 0, room = 0, width = 0] = suffix.shape;
  for (let head = 0; head < heads; head++) {
    const from = (layer * heads + head) * width;
    suffix.data.set(rows.data.subarray(from, from + width), (head * room + slot) * width);
  }
}

function joinCache(prefix: TensorValue, suffix: TensorValue, used: number): Float32Array {
  const [heads = 0, prompt = 0, width = 0] = prefix.shape;
  const room = suffix.shape[2] ?? 0;
  const parts = Array.from({ length: heads }, (_, head) => [
    ...prefix.data.subarray(head * prompt * width, (head + 1) * prompt * width),
    ...suffix.data.subarray(head * room * width, (head * room + used) * width),
  ]);
  return Float32Array.from(parts.flat());
}
