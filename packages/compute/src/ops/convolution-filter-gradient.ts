import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Graph, Value } from '../trace/graph.js';
import { concatAlong, matMulOf, padWith, reduce, reshapeTo, sliceOf } from '../trace/nodes.js';
import type { Window } from './convolution-shape.js';

/** The window of the forward pass and the shape of the wanted gradient. */
export interface FilterGradientAttrs extends Window {
  readonly shape: readonly number[];
}

/** Row and column of every entry of a kernel, in row-major order. */
function taps([, , rows = 0, columns = 0]: readonly number[]): [number, number][] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

/** Each tap is the product of dy with the input as that tap saw it. */
function eagerFilterGradient(x: Tensor, dy: Tensor, { stride, pad, shape }: FilterGradientAttrs): Tensor {
  const [out = 0, inner = 0, rows = 0, columns = 0] = shape;
  const [batch = 0, , height = 0, width = 0] = dy.shape;
  const sides: [number, number] = [pad, pad];
  const padded = tf.pad(x, [[0, 0], [0, 0], sides, sides]);
  const right = tf.reshape(dy, [batch, out, height * width]);
  const products = taps(shape).map(([row, column]) => {
    const end = [batch, inner, row + (height - 1) * stride + 1, column + (width - 1) * stride + 1];
    const seen = tf.stridedSlice(padded, [0, 0, row, column], end, [1, 1, stride, stride]);
    return tf.sum(tf.matMul(right, tf.reshape(seen, [batch, inner, height * width]), false, true), 0);
  });
  return tf.reshape(tf.stack(products, 2), [out, inner, rows, columns]);
}

function flatMap(graph: Graph, x: Value): Value {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  return reshapeTo(graph, x, [batch, channels, height * width]);
}

function byTaps(graph: Graph, x: Value, dy: Value, { stride, pad, shape }: FilterGradientAttrs): Value {
  const [batch = 0, inner = 0] = x.shape;
  const [, , height = 0, width = 0] = dy.shape;
  const padded = padWith(graph, x, [0, 0, pad, pad], [0, 0, pad, pad]);
  const products = taps(shape).map(([row, column]) => {
    const size = [batch, inner, height, width];
    const seen = sliceOf(graph, padded, [0, 0, row, column], size, [1, 1, stride, stride]);
    const product = matMulOf(graph, flatMap(graph, dy), flatMap(graph, seen), { transposeB: true });
    const total = reduce(graph, 'ReduceSum', product, [0], false);
    return reshapeTo(graph, total, [...total.shape, 1]);
  });
  return reshapeTo(graph, concatAlong(graph, products, 2), shape);
}

const runFilterGradient = defineKernel<FilterGradientAttrs>({
  name: 'Conv2dFilterGradient',
  eager: ([x, dy], attrs) => eagerFilterGradient(x!, dy!, attrs),
  onnx: (graph, [x, dy], attrs) => byTaps(graph, x!, dy!, attrs),
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
