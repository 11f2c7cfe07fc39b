import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul } from '../ops/arithmetic.js';
import { linear } from '../ops/mat-mul.js';
import type { Tensors } from '../program.js';
import { adapterOf, loraNames } from './adapters.js';
import type { LoraAdapters } from './adapters.js';

export interface LoraLinearOptions {
  /** Name of the layer: its weight is `<layer>.weight`; '' for `weight`. */
  readonly layer: string;
  readonly adapters: LoraAdapters;
  /** The adapters that act, by name; their changes add up. */
  readonly active: readonly string[];
  /** float32, shape of x: 0 or 1 / (1 - rate), drawn by the caller; what the adapters see is multiplied by it. */
  readonly dropoutMask?: Tensor | null;
}

/**
 * A linear layer with low-rank adapters: W x + b, plus alpha / rank * B (A x) of every active adapter. The rank-sized
 * products are made; no matrix of the weight's size is.
 * @param params `weight` float32[out, in], `bias` float32[out] where there is one, and the adapters' matrices
 * @param x float32[..., in]
 * @returns float32[..., out]
 * @throws PROGRAM_INVALID for an adapter that nobody declared; SHAPE_MISMATCH
 * @source peft 0.4, lora.Linear.forward
 */
export function loraLinear(params: Tensors, x: Tensor, options: LoraLinearOptions): Tensor {
  const { layer, adapters, active, dropoutMask = null } = options;
  const own = (name: string): string => (layer === '' ? name : `${layer}.${name}`);
  const base = linear(x, params[own('weight')]!, params[own('bias')] ?? null);
  if (active.length === 0) return base;
  const seen = dropoutMask ? mul(x, dropoutMask) : x;
  return active.reduce((sum, name) => {
    const { rank, alpha } = adapterOf(adapters, name);
    const { a, b } = loraNames(layer, name);
    // The factor is applied where the tensor is smallest.
    return add(sum, linear(mul(linear(seen, params[a]!), alpha / rank), params[b]!));
  }, base);
}
