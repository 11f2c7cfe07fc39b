import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { isTaped } from '../kernel/differentiate.js';
import { linear } from './mat-mul.js';
import { slice, split } from './shape.js';

/**
 * Several linear layers of one input whose matrices lie in one, such as the queries, keys and values of attention. For
 * inference each gets a product of its own: its rows of the matrix are cut when the graph is opened, which saves cutting
 * the results in every run. For training it is one product, whose gradient is one product, too.
 * @param x float32[..., in]
 * @param weight float32[parts * out, in]
 * @param bias float32[parts * out]
 * @returns one float32[..., out] a part
 * @throws SHAPE_MISMATCH
 */
export function jointLinear(x: Tensor, weight: Tensor, bias: Tensor | null, parts: number): Tensor[] {
  const [rows = 0, inner = 0] = weight.shape;
  const fits = weight.rank === 2 && rows % parts === 0 && x.shape.at(-1) === inner;
  mustFit(fits, 'jointLinear', 'x is [..., in], weight [parts * out, in]', describeShapes(x, weight));
  if (isTaped()) return split(linear(x, weight, bias), parts, -1);
  const out = rows / parts;
  return Array.from({ length: parts }, (_, i) =>
    linear(x, slice(weight, [i * out, 0], [out, inner]), bias && slice(bias, [i * out], [out])),
  );
}
