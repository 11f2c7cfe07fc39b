import type { Tensor } from '@tensorflow/tfjs-core';
import { add } from '../arithmetic.js';
import { dequantizeInt4 } from '../linear-int4.js';
import type { Int4Weight } from '../linear-int4.js';
import { matMul } from '../mat-mul.js';
import { split, transpose } from '../shape.js';

/** As the fused linear: x float32[..., in], weight float32[out, in], bias float32[out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const product = matMul(x, transpose(weight, [1, 0]));
  return bias ? add(product, bias) : product;
}

/** As the fused linearInt4: the matrix in float32 first, then the product. */
export function linearInt4(x: Tensor, weight: Int4Weight, bias?: Tensor | null): Tensor {
  return linear(x, dequantizeInt4(weight, x.shape.at(-1)!), bias);
}

/** As the fused jointLinear: one product, then its parts. */
export function jointLinear(x: Tensor, weight: Tensor, bias: Tensor | null, parts: number): Tensor[] {
  return split(linear(x, weight, bias), parts, -1);
}
