import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, neg } from '../arithmetic.js';
import type { RopeOptions } from '../rope.js';
import { concat, expandDims, reshape, slice, split, stack, unstack } from '../shape.js';

/** x with the second entry of each pair negated and put before the first. */
function turned(x: Tensor, interleaved: boolean): Tensor {
  if (!interleaved) {
    const [a, b] = split(x, 2, 3) as [Tensor, Tensor];
    return concat([neg(b), a], 3);
  }
  const [a, b] = unstack(reshape(x, [...x.shape.slice(0, 3), x.shape[3]! / 2, 2]), 4) as [Tensor, Tensor];
  return reshape(stack([neg(b), a], 4), x.shape);
}

/** The numbers of the pairs at both entries of each: float32[B or 1, T, d] to [B or 1, 1, T, d]. */
function atEntries(table: Tensor, interleaved: boolean): Tensor {
  const [batch, length, width] = table.shape as [number, number, number];
  const half = slice(table, [0, 0, 0], [batch, length, width / 2]);
  const both = interleaved ? reshape(stack([half, half], 3), table.shape) : concat([half, half], 2);
  return expandDims(both, 1);
}

/** As the fused rope: x cos + turned(x) sin. */
export function rope(x: Tensor, cos: Tensor, sin: Tensor, { interleaved = false }: RopeOptions = {}): Tensor {
  const kept = mul(x, atEntries(cos, interleaved));
  return add(kept, mul(turned(x, interleaved), atEntries(sin, interleaved)));
}
