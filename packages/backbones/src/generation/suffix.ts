import type { GraphValue } from '@sim4seg/core';
import { cacheNames } from '../llama/cache.js';
import { headWidth } from '../llama/sizes.js';
import type { LlamaSizes } from '../llama/sizes.js';

/** The paths' own keys and values, kept on this side; a step returns only what is new. */
export interface Suffix {
  /** Slots that there are now. */
  readonly slots: number;
  /** Makes room for this many tokens; what is stored stays. */
  reserve(tokens: number): void;
  /** Inputs of a decode step: float32[batch,keyValueHeads,slots,d] each. */
  values(): Readonly<Record<string, GraphValue>>;
  /** Stores the new rows of a step. */
  write(slot: number, rows: Readonly<Record<string, GraphValue>>): void;
}

export interface SuffixSizes {
  readonly batch: number;
  readonly most: number;
  readonly first: number;
}

export function createSuffix(llama: LlamaSizes, { batch, most, first }: SuffixSizes): Suffix {
  const width = headWidth(llama);
  const lines = batch * llama.keyValueHeads;
  let slots = Math.min(first, most);
  const create = (): Float32Array[] =>
    Array.from({ length: llama.layers }, () => new Float32Array(lines * slots * width));
  let [keys, values] = [create(), create()];
  const shaped = (data: Float32Array): GraphValue => ({
    data,
    shape: [batch, llama.keyValueHeads, slots, width],
    dtype: 'float32',
  });
  return {
    get slots() {
      return slots;
    },
    reserve(tokens) {
      if (tokens <= slots) return;
      const before = { slots, keys, values };
      slots = Math.min(most, Math.max(tokens, 2 * slots));
      [keys, values] = [create(), create()];
      keys.forEach((grown, layer) => copyLines(before.keys[layer]!, grown, lines));
      values.forEach((grown, layer) => copyLines(before.values[layer]!, grown, lines));
    },
    values: () =>
      Object.fromEntries([
        ...keys.map((data, layer) => [cacheNames.suffixKey(layer), shaped(data)] as const),
        ...values.map((data, layer) => [cacheNames.suffixValue(layer), shaped(data)] as const),
      ]),
    write(slot, outputs) {
      const place = { lines, slots, slot, width };
      storeRows(keys, outputs['keyRows']!.data as Float32Array, place);
      storeRows(values, outputs['valueRows']!.data as Float32Array, place);
    },
  };
}

/** The slots of each line, to the front of the same line of a longer cache. */
function copyLines(from: Float32Array, to: Float32Array, lines: number): void {
  const [short, long] = [from.length / lines, to.length / lines];
  for (let line = 0; line < lines; line++) to.set(from.subarray(line * short, (line + 1) * short), line * long);
}

interface RowPlace {
  readonly lines: number;
  readonly slots: number;
  readonly slot: number;
  readonly width: number;
}

/** Puts rows float32[layers,batch,keyValueHeads,d] into a slot of every layer. */
function storeRows(layers: readonly Float32Array[], rows: Float32Array, { lines, slots, slot, width }: RowPlace): void {
  layers.forEach((cache, layer) => {
    for (let line = 0; line < lines; line++) {
      const from = (layer * lines + line) * width;
      cache.set(rows.subarray(from, from + width), (line * slots + slot) * width);
    }
  });
}
