import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { filterGradientForm, taps } from './filter-gradient-forms.js';
import type { FilterGradientAttrs } from './filter-gradient-forms.js';

/** Each tap is the product of dy with the input as that tap saw it. */
function eagerFilterGradient(x: Tensor, dy: Tensor, { stride, pad, dilation, shape }: FilterGradientAttrs): Tensor {
  const [out = 0, inner = 0, rows = 0, columns = 0] = shape;
  const [batch = 0, , height = 0, width = 0] = dy.shape;
  const sides: [number, number] = [pad, pad];
  const padded = tf.pad(x, [[0, 0], [0, 0], sides, sides]);
  const right = tf.reshape(dy, [batch, out, height * width]);
  const products = taps(shape).map(([r, c]) => {
    const [row, column] = [r * dilation, c * dilation];
    const end = [batch, inner, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1];
    const seen = tf.stridedSlice(padded, [0, 0, row, column], end, [1, 1, stride, stride]);
    return tf.sum(tf.matMul(right, tf.reshape(seen, [batch, inner, height * width]), false, true), 0);
  });
  return tf.reshape(tf.stack(products, 2), [out, inner, rows, columns]);
}

const runFilterGradient = defineKernel<FilterGradientAttrs>({
  name: 'Conv2dFilterGradient',
  eager: ([x, dy], attrs) => eagerFilterGradient(x!, dy!, attrs),
  onnx: (graph, [x, dy], attrs) => filterGradientForm(x!, attrs)(graph, x!, dy!, attrs),
});

/**
 * Gradient of a convolution by its kernel.
 * @param x float32[B, I, H, W]
 * @param dy float32[B, O, H', W']
 * @returns float32[O, I, kh, kw], the shape in `attrs`
 */
export function filterGradient(x: Tensor, dy: Tensor, attrs: FilterGradientAttrs): Tensor {
  return runFilterGradient([x, dy], attrs)[0]!;
}
