import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit, resolveAxis, sameShape, sizeOf } from '../kernel/shapes.js';
import { add, mul } from './arithmetic.js';
import { range } from './constants.js';
import { gatherRows } from './embedding.js';
import { reshape, transpose } from './shape.js';

/**
 * Entry `indices[...]` of an axis of x, for each index; the axis is replaced by the axes of the indices. The gradient
 * adds up where an entry is taken several times.
 * @param x float32[..., N, ...]
 * @param indices int32[...], each from 0 to N - 1
 * @returns float32: dims of x before the axis, dims of the indices, dims of x behind it
 * @throws SHAPE_MISMATCH where the axis does not exist
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  const along = resolveAxis(x.rank, axis);
  const others = x.shape.map((_, i) => i).filter((i) => i !== along);
  const rest = others.map((i) => x.shape[i]!);
  const rows = reshape(transpose(x, [along, ...others]), [x.shape[along]!, sizeOf(rest)]);
  const taken = reshape(gatherRows(rows, reshape(indices, [-1])), [...indices.shape, ...rest]);
  const inner = indices.shape.map((_, i) => i);
  const before = others.map((_, i) => i + inner.length);
  return transpose(taken, [...before.slice(0, along), ...inner, ...before.slice(along)]);
}

/**
 * Entry `indices[..., k]` of the last axis of x, row by row, as torch's gather on the last axis.
 * @param x float32[..., N]
 * @param indices int32[..., K], each from 0 to N - 1; leading dims as those of x
 * @returns float32[..., K]
 * @throws SHAPE_MISMATCH
 */
export function takeAlong(x: Tensor, indices: Tensor): Tensor {
  const leading = x.shape.slice(0, -1);
  const fits = x.rank > 0 && sameShape(leading, indices.shape.slice(0, -1));
  mustFit(fits, 'takeAlong', 'x is [..., N] and indices [..., K]', describeShapes(x, indices));
  const [rows, width] = [sizeOf(leading), x.shape.at(-1)!];
  const starts = mul(range(0, rows), width);
  const places = add(reshape(indices, [rows, indices.shape.at(-1)!]), reshape(starts, [rows, 1]));
  return reshape(gatherRows(reshape(x, [rows * width, 1]), reshape(places, [-1])), indices.shape);
}
