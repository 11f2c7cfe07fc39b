import type { RegionPriorInput } from '@sim4seg/core';
import { contentTokens } from '../content.js';
import { rangeWithKernel } from '../kernels/range-of.js';
import { simdKernel } from '../kernels/simd-kernel.js';
import { isConstant } from '../prompt-logits.js';

/** The tokens of the image alone: float32[rows,columns], row-major, 0 at the lowest and 1 at the highest of them. */
export interface ContentMap {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Cuts the padding off a similarity map and scales the rest to 0..1; null where nothing stands out. */
export function contentMap(
  similarity: Float32Array,
  input: Pick<RegionPriorInput, 'frame' | 'tokenRows' | 'tokenColumns'>,
): ContentMap | null {
  const { rows, columns } = contentTokens(input.frame, input);
  const values = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    values.set(similarity.subarray(y * input.tokenColumns, y * input.tokenColumns + columns), y * columns);
  }
  const { low, high } = rangeOf(values);
  if (isConstant(low, high)) return null;
  for (let i = 0; i < values.length; i++) values[i] = ((values[i] as number) - low) / (high - low);
  return { values, rows, columns };
}

/** Lowest and highest value. */
export function rangeOf(all: Float32Array, kernel = simdKernel()): { readonly low: number; readonly high: number } {
  const values = (kernel && rangeWithKernel(kernel, all)) ?? all;
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
