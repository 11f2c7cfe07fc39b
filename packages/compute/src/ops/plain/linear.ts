import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '../arithmetic.js';
import { matMul } from '../mat-mul.js';
import { transpose } from '../shape.js';

/** As the fused linear: x float32[..., in], weight float32[out, in], bias float32[out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const product = matMul(x, transpose(weight, [1, 0]));
  return bias ? add(product, bias) : product;
}
