import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';

/** float32[B,C,h,w] to float32[B,h*w,C]; row-major tokens. */
export function toTokens(x: Tensor): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = x.shape;
  return ops.transpose(ops.reshape(x, [batch, channels, height * width]), [0, 2, 1]);
}

/** float32[B,h*w,C] to float32[B,C,h,w]. */
export function toMap(tokens: Tensor, { height, width }: { readonly height: number; readonly width: number }): Tensor {
  const [batch = 1, , channels = 1] = tokens.shape;
  return ops.reshape(ops.transpose(tokens, [0, 2, 1]), [batch, channels, height, width]);
}

/** Repeats a learned row float32[K,C] for every element of a batch: float32[B,K,C]. */
export function repeatRows(rows: Tensor, batch: number): Tensor {
  const [count = 1, width = 1] = rows.shape;
  return ops.broadcastTo(ops.reshape(rows, [1, count, width]), [batch, count, width]);
}
