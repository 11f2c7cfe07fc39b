import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';

/** cos and sin of every position: float32[B,T,d] each; frequencies stand twice, for the half-split rotation. */
export interface RotaryTables {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/**
 * Rotary tables for positions.
 * - `positions`: int32[B,T]; count of tokens before this one
 * - returns float32[B,T,d] each
 * @source transformers 4.31 modeling_llama.py, LlamaRotaryEmbedding and rotate_half
 */
export function rotaryTables(positions: Tensor, sizes: LlamaSizes): RotaryTables {
  return ops.ropeTables(positions, { width: headWidth(sizes), base: sizes.ropeTheta });
}
