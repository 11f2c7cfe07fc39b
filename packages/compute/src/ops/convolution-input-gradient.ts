import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Graph, Value } from '../trace/graph.js';
import { emit, indexVector, transposeTo } from '../trace/nodes.js';
import { coveredSize } from './convolution-shape.js';
import type { Window } from './convolution-shape.js';

/** The window of the forward pass and the shape of the wanted gradient. */
export interface InputGradientAttrs extends Window {
  readonly shape: readonly number[];
}

function eagerInputGradient(dy: Tensor, weight: Tensor, { stride, pad, shape }: InputGradientAttrs): Tensor {
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  const padded = [batch, height + 2 * pad, width + 2 * pad, channels] as [number, number, number, number];
  const filter = tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D;
  const last = tf.transpose(dy, [0, 2, 3, 1]) as tf.Tensor4D;
  const dx = tf.transpose(tf.conv2dTranspose(last, filter, padded, stride, 'valid'), [0, 3, 1, 2]);
  return tf.slice(dx, [0, 0, pad, pad], [...shape]);
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
  const { stride, pad, shape } = attrs;
  const output = { shape, dtype: 'float32' } as const;
  const [rows, columns] = [weight.shape[2]!, weight.shape[3]!];
  if (stride === 1 && pad < rows && pad < columns) {
    const sides = [rows - 1 - pad, columns - 1 - pad];
    return emit(graph, 'Conv', [dy, flipped(graph, weight)], output, { pads: [...sides, ...sides] });
  }
  const rest = [rows, columns].map((kernel, i) => {
    return shape[i + 2]! + 2 * pad - coveredSize(dy.shape[i + 2]!, kernel, stride);
  });
  const attributes = { strides: [stride, stride], pads: [pad, pad, pad, pad], output_padding: rest };
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
