import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Graph, Value } from '../trace/graph.js';
import { emit, indexVector, transposeTo } from '../trace/nodes.js';
import { coveredSize, spannedSize } from './convolution-shape.js';
import type { Window } from './convolution-shape.js';

/** The window of the forward pass and the shape of the wanted gradient. */
export interface InputGradientAttrs extends Window {
  readonly shape: readonly number[];
}

/** `stride - 1` zeros behind each row and column: float32[N, h, w] to [N, h * stride, w * stride]. */
function spread(x: Tensor, stride: number): Tensor {
  if (stride === 1) return x;
  const [count = 0, height = 0, width = 0] = x.shape;
  const rest: [number, number] = [0, stride - 1];
  const blocks = tf.pad(tf.reshape(x, [count * height, 1, width, 1]), [[0, 0], rest, [0, 0], rest]);
  return tf.reshape(blocks, [count, height * stride, width * stride]);
}

/** float32[N, h, w] at an offset of a larger map of zeros; what reaches beyond it is zero anyway and cut off. */
function placed(
  x: Tensor,
  [row, column]: readonly [number, number],
  [height, width]: readonly [number, number],
): Tensor {
  const rows = Math.min(x.shape[1]!, height - row);
  const columns = Math.min(x.shape[2]!, width - column);
  const cut = tf.slice(x, [0, 0, 0], [x.shape[0]!, rows, columns]);
  const paddings: [number, number][] = [
    [0, 0],
    [row, height - row - rows],
    [column, width - column - columns],
  ];
  return tf.pad(cut, paddings);
}

/** Products, pads and slices alone, which every back end has: each tap of the kernel sends dy back where it read. */
function eagerInputGradient(dy: Tensor, weight: Tensor, attrs: InputGradientAttrs): Tensor {
  const { stride, pad, dilation, shape } = attrs;
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  const [out = 0, , rows = 0, columns = 0] = weight.shape;
  const size = [height + 2 * pad, width + 2 * pad] as const;
  const flat = tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [out, -1]);
  const kernel = tf.reshape(tf.transpose(weight, [2, 3, 1, 0]), [rows * columns, channels, out]);
  const parts = tf.unstack(kernel).map((tap, i) => {
    const sent = tf.reshape(tf.matMul(tap, flat), [channels * batch, dy.shape[2]!, dy.shape[3]!]);
    return placed(spread(sent, stride), [Math.floor(i / columns) * dilation, (i % columns) * dilation], size);
  });
  const total = tf.slice(tf.addN(parts), [0, pad, pad], [channels * batch, height, width]);
  return tf.transpose(tf.reshape(total, [channels, batch, height, width]), [1, 0, 2, 3]);
}

/** The kernel turned by 180 degrees, output and input channels exchanged. */
function flipped(graph: Graph, weight: Value): Value {
  const swapped = transposeTo(graph, weight, [1, 0, 2, 3]);
  if (weight.shape[2] === 1 && weight.shape[3] === 1) return swapped;
  const lowest = -Number.MAX_SAFE_INTEGER;
  const vectors = [
    [-1, -1],
    [lowest, lowest],
    [2, 3],
    [-1, -1],
  ].map((xs) => indexVector(graph, xs));
  return emit(graph, 'Slice', [swapped, ...vectors], swapped);
}

function recordInputGradient(graph: Graph, dy: Value, weight: Value, attrs: InputGradientAttrs): Value {
  const { stride, pad, dilation, shape } = attrs;
  const output = { shape, dtype: 'float32' } as const;
  const [rows, columns] = [weight.shape[2]!, weight.shape[3]!];
  const sides = [rows, columns].map((kernel) => spannedSize(kernel, dilation) - 1 - pad);
  const dilations = dilation === 1 ? {} : { dilations: [dilation, dilation] };
  if (stride === 1 && sides.every((side) => side >= 0)) {
    return emit(graph, 'Conv', [dy, flipped(graph, weight)], output, { pads: [...sides, ...sides], ...dilations });
  }
  const rest = [rows, columns].map((kernel, i) => {
    return shape[i + 2]! + 2 * pad - coveredSize(dy.shape[i + 2]!, kernel, attrs);
  });
  const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], output_padding: rest, ...dilations };
  return emit(graph, 'ConvTranspose', [dy, weight], output, attributes);
}

const runInputGradient = defineKernel<InputGradientAttrs>({
  name: 'Conv2dInputGradient',
  eager: ([dy, weight], attrs) => eagerInputGradient(dy!, weight!, attrs),
  onnx: (graph, [dy, weight], attrs) => recordInputGradient(graph, dy!, weight!, attrs),
});

/**
 * Gradient of a convolution by its input.
 * @param dy float32[B, O, H', W']
 * @param weight float32[O, I, kh, kw]
 * @returns float32[B, I, H, W], the shape in `attrs`
 */
export function inputGradient(dy: Tensor, weight: Tensor, attrs: InputGradientAttrs): Tensor {
  return runInputGradient([dy, weight], attrs)[0]!;
}
