import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { binary, emit, reduce, unary } from '../trace/nodes.js';
import { expectFloat } from './operand.js';

const runSoftmaxGradient = defineKernel({
  name: 'SoftmaxGradient',
  eager: ([dy, y]) => {
    const product = tf.mul(dy!, y!);
    return tf.sub(product, tf.mul(y!, tf.sum(product, -1, true)));
  },
  onnx: (graph, [dy, y]) => {
    const total = reduce(graph, 'ReduceSum', binary(graph, 'Mul', dy!, y!), [y!.shape.length - 1], true);
    return binary(graph, 'Mul', binary(graph, 'Sub', dy!, total), y!);
  },
});

const runSoftmax = defineKernel({
  name: 'Softmax',
  eager: ([x]) => tf.softmax(x!),
  onnx: (graph, [x]) => emit(graph, 'Softmax', [x!], x!, { axis: -1 }),
  gradient: ({ dy, outputs }) => [() => runSoftmaxGradient([dy, outputs[0]!], {})[0]!],
});

/**
 * e^x over its sum along the last axis, without overflow.
 * @param x float32[..., N]
 * @returns float32[..., N]
 * @throws SHAPE_MISMATCH for another type
 */
export function softmax(x: Tensor): Tensor {
  return runSoftmax([expectFloat('softmax', x)], {})[0]!;
}

const runLogSoftmaxGradient = defineKernel({
  name: 'LogSoftmaxGradient',
  eager: ([dy, y]) => tf.sub(dy!, tf.mul(tf.exp(y!), tf.sum(dy!, -1, true))),
  onnx: (graph, [dy, y]) => {
    const total = reduce(graph, 'ReduceSum', dy!, [y!.shape.length - 1], true);
    return binary(graph, 'Sub', dy!, binary(graph, 'Mul', unary(graph, 'Exp', y!), total));
  },
});

const runLogSoftmax = defineKernel({
  name: 'LogSoftmax',
  eager: ([x]) => tf.logSoftmax(x!),
  onnx: (graph, [x]) => emit(graph, 'LogSoftmax', [x!], x!, { axis: -1 }),
  gradient: ({ dy, outputs }) => [() => runLogSoftmaxGradient([dy, outputs[0]!], {})[0]!],
});

/**
 * x minus the logarithm of the sum of e^x along the last axis, without overflow.
 * @param x float32[..., N]
 * @returns float32[..., N]
 * @throws SHAPE_MISMATCH for another type
 */
export function logSoftmax(x: Tensor): Tensor {
  return runLogSoftmax([expectFloat('logSoftmax', x)], {})[0]!;
}
