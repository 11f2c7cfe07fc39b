import { ops } from '@sim4seg/compute';
import type { Specs, Tensor } from '@sim4seg/compute';
import { cacheNames } from './cache.js';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';
import type { StackOutput } from './stack.js';

/** The cache that a prefill leaves, as outputs: float32[keyValueHeads,P,d] by layer. */
export function prefixOutputs(sizes: LlamaSizes, prefix: number | string): Specs {
  const rows = { dims: [sizes.keyValueHeads, prefix, headWidth(sizes)] };
  const layers = Array.from({ length: sizes.layers }, (_, layer) => [
    [cacheNames.prefixKey(layer), rows] as const,
    [cacheNames.prefixValue(layer), rows] as const,
  ]);
  return Object.fromEntries(layers.flat());
}

/** The cache of a run over one sequence (batch 1); all paths read it, so it has no batch axis. */
export function prefixTensors({ keys, values }: Pick<StackOutput, 'keys' | 'values'>): Record<string, Tensor> {
  const layers = keys.map((key, layer) => [
    [cacheNames.prefixKey(layer), ops.squeeze(key, [0])] as const,
    [cacheNames.prefixValue(layer), ops.squeeze(values[layer]!, [0])] as const,
  ]);
  return Object.fromEntries(layers.flat());
}
