import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import type { RotaryTables } from './rotary.js';
import { linearsOf } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';
import { headWidth } from './sizes.js';
import type { LlamaSizes } from './sizes.js';

type Params = Record<string, Tensor>;

/** Rotated queries and keys, and values, of one layer. */
export interface QueryKeyValue {
  /** float32[B,heads,T,d] */
  readonly query: Tensor;
  /** float32[B,keyValueHeads,T,d] */
  readonly key: Tensor;
  /** float32[B,keyValueHeads,T,d] */
  readonly value: Tensor;
}

/** Projects `x` float32[B,T,D] and rotates queries and keys. */
export function projectQueryKeyValue(p: Params, x: Tensor, rotary: RotaryTables, form: LlamaForm): QueryKeyValue {
  const linears = linearsOf(form);
  const query = splitHeads(linears.apply(p, 'q_proj', x), form.heads);
  const key = splitHeads(linears.apply(p, 'k_proj', x), form.keyValueHeads);
  const value = splitHeads(linears.apply(p, 'v_proj', x), form.keyValueHeads);
  const { cos, sin } = rotary;
  return { query: ops.rope(query, cos, sin), key: ops.rope(key, cos, sin), value };
}

/**
 * Attention of a whole sequence over itself.
 * - `bias`: float32, broadcastable to [B,heads,T,T]; 0 where a query may look, very negative where not
 * - returns float32[B,T,D], before the output projection
 */
export function attendSequence({ query, key, value }: QueryKeyValue, bias: Tensor, sizes: LlamaSizes): Tensor {
  const scale = 1 / Math.sqrt(headWidth(sizes));
  return joinHeads(ops.attention(query, key, value, { scale, bias }));
}

/** float32[B,T,heads*d] -> float32[B,heads,T,d] */
function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape as [number, number, number];
  return ops.transpose(ops.reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** float32[B,heads,T,d] -> float32[B,T,heads*d] */
function joinHeads(x: Tensor): Tensor {
  const [batch, heads, length, width] = x.shape as [number, number, number, number];
  return ops.reshape(ops.transpose(x, [0, 2, 1, 3]), [batch, length, heads * width]);
}
