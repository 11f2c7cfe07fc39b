import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import type { AxisOperator } from '../axis/axis-operator.js';

/** Any finite number that no similarity reaches. */
const BEYOND = 1e30;

/** An operator as a constant float32[to,from]. */
function constantOf({ to, from, weights }: AxisOperator): Tensor {
  return ops.tensor(weights, [to, from]);
}

/** Applies one operator to both axes of square maps: float32[n,from,from] to float32[n,to,to]. */
export function applySquare(map: Tensor, operator: AxisOperator): Tensor {
  const transposed = ops.transpose(constantOf(operator), [1, 0]);
  const columns = ops.matMul(map, transposed);
  return ops.transpose(ops.matMul(ops.transpose(columns, [0, 2, 1]), transposed), [0, 2, 1]);
}

/** Similarity of each row's seg embedding: float32[n,T,D] and float32[n,D] to float32[n,T]. */
export function similarityOfRows(imageTokens: Tensor, segEmbeddings: Tensor): Tensor {
  const [rows = 1, tokens = 1] = imageTokens.shape;
  return ops.reshape(ops.matMul(imageTokens, ops.expandDims(segEmbeddings, 2)), [rows, tokens]);
}

/** Lowest and highest value of each row where `allowed` (bool) holds; both float32[n,1]. */
export function allowedRange(values: Tensor, allowed: Tensor): { readonly low: Tensor; readonly high: Tensor } {
  const fill = (value: number): Tensor => ops.fill(values.shape, value);
  return {
    low: ops.min(ops.where(allowed, values, fill(BEYOND)), [1], true),
    high: ops.max(ops.where(allowed, values, fill(-BEYOND)), [1], true),
  };
}

/** `values` where allowed, and far below everything elsewhere. */
export function sinkForbidden(values: Tensor, allowed: Tensor): Tensor {
  return ops.where(allowed, values, ops.fill(values.shape, -BEYOND));
}
