import { ops } from '@sim4seg/compute';
import type { Specs, Tensor, Tensors } from '@sim4seg/compute';
import { cacheNames } from './cache.js';
import { attendCached } from './cached-attention.js';
import type { CachedRows } from './cached-attention.js';
import { rotaryTables } from './rotary.js';
import { headWidth } from './sizes.js';
import { linearsOf } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';
import { runStack } from './stack.js';

export interface DecodeDims {
  readonly paths: number | string;
  /** P */
  readonly prefix: number | string;
  /** S */
  readonly suffix: number | string;
  /** P + S + 1 */
  readonly keys: number | string;
}

/** Inputs of {@link decodeStep}. */
export function decodeInputs(sizes: LlamaForm, dims: DecodeDims): Specs {
  const { keyValueHeads: heads, layers } = sizes;
  const width = headWidth(sizes);
  const cache = Array.from({ length: layers }, (_, layer) => [
    [cacheNames.prefixKey(layer), { dims: [heads, dims.prefix, width] }] as const,
    [cacheNames.prefixValue(layer), { dims: [heads, dims.prefix, width] }] as const,
    [cacheNames.suffixKey(layer), { dims: [dims.paths, heads, dims.suffix, width] }] as const,
    [cacheNames.suffixValue(layer), { dims: [dims.paths, heads, dims.suffix, width] }] as const,
  ]);
  return {
    ids: { dtype: 'int32', dims: [dims.paths] },
    positions: { dtype: 'int32', dims: [dims.paths] },
    bias: { dims: [dims.paths, dims.keys] },
    ...Object.fromEntries(cache.flat()),
  };
}

/** Outputs of {@link decodeStep}. */
export function decodeOutputs(sizes: LlamaForm, dims: Pick<DecodeDims, 'paths'>): Specs {
  const rows = { dims: [sizes.layers, dims.paths, sizes.keyValueHeads, headWidth(sizes)] };
  return {
    logits: { dims: [dims.paths, sizes.vocabularySize] },
    hidden: { dims: [dims.paths, sizes.hiddenSize] },
    keyRows: rows,
    valueRows: rows,
  };
}

/**
 * One token for each of m paths over one shared prefix.
 * - `ids`, `positions`: int32[m]; the token to be read and its place
 * - cache as {@link decodeInputs} names it; `bias`: float32[m,P+S+1], very negative at slots that hold nothing yet
 * - returns logits float32[m,V] of the next token, hidden float32[m,D] after the final norm, and the new rows
 *   float32[layers,m,keyValueHeads,d], which the caller puts into its suffix
 * The whole cache never comes back: copying it cost more than the step.
 */
export function decodeStep(p: Tensors, inputs: Tensors, sizes: LlamaForm): Tensors {
  const x = ops.expandDims(ops.embedding(p['embed_tokens.weight']!, inputs['ids']!), 1);
  const stack = runStack(p, x, {
    sizes,
    rotary: rotaryTables(ops.expandDims(inputs['positions']!, 1), sizes),
    attend: (step, layer) => attendCached(step, { ...layerRows(inputs, layer), bias: inputs['bias']! }, sizes),
  });
  const hidden = ops.squeeze(stack.hidden, [1]);
  return {
    logits: linearsOf(sizes).apply(p, 'lm_head', hidden),
    hidden,
    keyRows: newRows(stack.keys),
    valueRows: newRows(stack.values),
  };
}

function layerRows(inputs: Tensors, layer: number): { keys: CachedRows; values: CachedRows } {
  return {
    keys: { prefix: inputs[cacheNames.prefixKey(layer)]!, suffix: inputs[cacheNames.suffixKey(layer)]! },
    values: { prefix: inputs[cacheNames.prefixValue(layer)]!, suffix: inputs[cacheNames.suffixValue(layer)]! },
  };
}

/** By layer float32[m,keyValueHeads,1,d] -> float32[layers,m,keyValueHeads,d] */
const newRows = (rows: readonly Tensor[]): Tensor =>
  ops.stack(
    rows.map((row) => ops.squeeze(row, [2])),
    0,
  );
