import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { emit, expandTo, reshapeTo } from '../trace/nodes.js';
import { div, mul } from './arithmetic.js';
import { cast } from './cast.js';
import { equal } from './logic.js';

interface FactorAttrs {
  readonly factor: number;
}

function shrunkShape([batch = 0, channels = 0, height = 0, width = 0]: readonly number[], factor: number): number[] {
  return [batch, channels, height / factor, width / factor];
}

function grownShape([batch = 0, channels = 0, height = 0, width = 0]: readonly number[], factor: number): number[] {
  return [batch, channels, height * factor, width * factor];
}

const runAvgPool = defineKernel<FactorAttrs>({
  name: 'AvgPool',
  eager: ([x], { factor }) => {
    const shape = shrunkShape(x!.shape, factor);
    const [batch = 0, channels = 0, height = 0, width = 0] = shape;
    const blocks = tf.reshape(x!, [batch * channels, height, factor, width, factor]);
    return tf.reshape(tf.mean(blocks, [2, 4]), shape);
  },
  onnx: (graph, [x], { factor }) => {
    const output = { shape: shrunkShape(x!.shape, factor), dtype: x!.dtype };
    const attributes = { kernel_shape: [factor, factor], strides: [factor, factor] };
    return emit(graph, 'AveragePool', [x!], output, attributes);
  },
  gradient: ({ dy, attrs: { factor } }) => [() => upsampleNearest(mul(dy, 1 / factor ** 2), factor)],
});

/**
 * Mean of each factor x factor block.
 * @param x float32[B, C, H, W]
 * @returns float32[B, C, H / factor, W / factor]
 * @throws SHAPE_MISMATCH where the factor does not divide height and width
 */
export function avgPool(x: Tensor, factor: number): Tensor {
  const fits = x.rank === 4 && x.shape[2]! % factor === 0 && x.shape[3]! % factor === 0;
  mustFit(fits, 'avgPool', `x is [B, C, H, W] and ${factor} divides H and W`, describeShapes(x));
  return factor === 1 ? x : runAvgPool([x], { factor })[0]!;
}

/** Every pixel followed by two axes of its copies. */
function repeatedShape([batch = 0, channels = 0, height = 0, width = 0]: readonly number[], factor: number): number[] {
  return [batch * channels, height, factor, width, factor];
}

const runUpsample = defineKernel<FactorAttrs>({
  name: 'UpsampleNearest',
  eager: ([x], { factor }) => {
    const single = tf.reshape(x!, repeatedShape(x!.shape, 1));
    return tf.reshape(tf.tile(single, [1, 1, factor, 1, factor]), grownShape(x!.shape, factor));
  },
  onnx: (graph, [x], { factor }) => {
    const single = reshapeTo(graph, x!, repeatedShape(x!.shape, 1));
    const spread = expandTo(graph, single, repeatedShape(x!.shape, factor));
    return reshapeTo(graph, spread, grownShape(x!.shape, factor));
  },
  gradient: ({ dy, attrs: { factor } }) => [() => mul(avgPool(dy, factor), factor ** 2)],
});

/**
 * Repeats each pixel factor times along height and width.
 * @param x float32[B, C, H, W]
 * @returns float32[B, C, H * factor, W * factor]
 * @throws SHAPE_MISMATCH
 */
export function upsampleNearest(x: Tensor, factor: number): Tensor {
  mustFit(x.rank === 4, 'upsampleNearest', 'x is [B, C, H, W]', describeShapes(x));
  return factor === 1 ? x : runUpsample([x], { factor })[0]!;
}

/** dy goes to the largest pixel of each block; equal ones share it. */
function maxPoolGradient(dy: Tensor, x: Tensor, y: Tensor, factor: number): Tensor {
  const hit = cast(equal(x, upsampleNearest(y, factor)), 'float32');
  const share = div(dy, mul(avgPool(hit, factor), factor ** 2));
  return mul(hit, upsampleNearest(share, factor));
}

const runMaxPool = defineKernel<FactorAttrs>({
  name: 'MaxPool',
  eager: ([x], { factor }) => {
    const shape = shrunkShape(x!.shape, factor);
    const [batch = 0, channels = 0, height = 0, width = 0] = shape;
    const blocks = tf.reshape(x!, [batch * channels, height, factor, width, factor]);
    return tf.reshape(tf.max(blocks, [2, 4]), shape);
  },
  onnx: (graph, [x], { factor }) => {
    const output = { shape: shrunkShape(x!.shape, factor), dtype: x!.dtype };
    return emit(graph, 'MaxPool', [x!], output, { kernel_shape: [factor, factor], strides: [factor, factor] });
  },
  gradient: ({ dy, inputs: [x], outputs: [y], attrs: { factor } }) => [() => maxPoolGradient(dy, x!, y!, factor)],
});

/**
 * Largest pixel of each factor x factor block.
 * @param x float32[B, C, H, W]
 * @returns float32[B, C, H / factor, W / factor]
 * @throws SHAPE_MISMATCH where the factor does not divide height and width
 */
export function maxPool(x: Tensor, factor: number): Tensor {
  const fits = x.rank === 4 && x.shape[2]! % factor === 0 && x.shape[3]! % factor === 0;
  mustFit(fits, 'maxPool', `x is [B, C, H, W] and ${factor} divides H and W`, describeShapes(x));
  return factor === 1 ? x : runMaxPool([x], { factor })[0]!;
}
