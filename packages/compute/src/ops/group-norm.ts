import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { GradientContext, Gradients } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, matMulOf, reduce, reshapeTo, scalarValue, unary } from '../trace/nodes.js';
import { add, mul, neg, sub } from './arithmetic.js';
import { matMul } from './mat-mul.js';
import { sum } from './reduce.js';
import { reshape } from './shape.js';

export interface GroupNormOptions {
  readonly groups: number;
  readonly eps: number;
}

/** Sizes of a map by group: images, groups, channels in a group, pixels. */
interface GroupSizes {
  readonly batch: number;
  readonly groups: number;
  readonly width: number;
  readonly pixels: number;
}

function groupSizes([batch = 0, channels = 0, ...map]: readonly number[], groups: number): GroupSizes {
  return { batch, groups, width: channels / groups, pixels: map.reduce((a, b) => a * b, 1) };
}

/** The result, and what the gradient needs again: mean and 1 / deviation of each group, float32[B, G, 1]. */
function eagerGroupNorm(inputs: readonly Tensor[], { groups, eps }: GroupNormOptions): Tensor[] {
  const [x, weight, bias] = inputs as [Tensor, Tensor, Tensor];
  const { batch, width, pixels } = groupSizes(x.shape, groups);
  const grouped = tf.reshape(x, [batch, groups, width * pixels]);
  const { mean, variance } = tf.moments(grouped, 2, true);
  const inverse = tf.rsqrt(tf.add(variance, eps));
  const normal = tf.reshape(tf.mul(tf.sub(grouped, mean), inverse), x.shape);
  const perChannel = [1, groups * width, 1, 1];
  return [tf.add(tf.mul(normal, tf.reshape(weight, perChannel)), tf.reshape(bias, perChannel)), mean, inverse];
}

/** Mean and 1 / deviation over the last axis, which is kept as 1. */
function recordMoments(graph: Graph, x: Value, eps: number): [Value, Value] {
  const axis = x.shape.length - 1;
  const mean = reduce(graph, 'ReduceMean', x, [axis], true);
  const rows = reshapeTo(graph, x, [...x.shape.slice(0, -1), 1, x.shape[axis]!]);
  const squares = reshapeTo(graph, matMulOf(graph, rows, rows, { transposeB: true }), mean.shape);
  const meanSquare = binary(graph, 'Mul', squares, scalarValue(graph, 1 / x.shape[axis]!));
  const variance = unary(graph, 'Relu', binary(graph, 'Sub', meanSquare, binary(graph, 'Mul', mean, mean)));
  const deviation = unary(graph, 'Sqrt', binary(graph, 'Add', variance, scalarValue(graph, eps)));
  return [mean, unary(graph, 'Reciprocal', deviation)];
}

/** Normalising and scaling are one factor and one summand a channel: the map is read twice and written twice. */
function recordGroupNorm(graph: Graph, inputs: readonly Value[], { groups, eps }: GroupNormOptions): Value[] {
  const [x, weight, bias] = inputs as [Value, Value, Value];
  const { batch, width, pixels } = groupSizes(x.shape, groups);
  const [mean, inverse] = recordMoments(graph, reshapeTo(graph, x, [batch, groups, width * pixels]), eps);
  const factor = binary(graph, 'Mul', inverse, reshapeTo(graph, weight, [1, groups, width]));
  const summand = binary(graph, 'Sub', reshapeTo(graph, bias, [1, groups, width]), binary(graph, 'Mul', mean, factor));
  const perChannel = [batch, groups * width, 1, 1];
  const scaled = binary(graph, 'Mul', x, reshapeTo(graph, factor, perChannel));
  return [binary(graph, 'Add', scaled, reshapeTo(graph, summand, perChannel)), mean, inverse];
}

/** Sums over the pixels of each channel, float32[B, G, C / G]: of dy, and of dy times the normalised map. */
function channelSums(context: GradientContext<GroupNormOptions>): { plain: Tensor; weighted: Tensor } {
  const { dy, inputs, outputs, attrs } = context;
  const { batch, groups, width, pixels } = groupSizes(dy.shape, attrs.groups);
  const maps = batch * groups * width;
  const plain = reshape(sum(reshape(dy, [maps, pixels]), 1), [batch, groups, width]);
  const rows = (t: Tensor): Tensor => reshape(t, [maps, 1, pixels]);
  const product = matMul(rows(dy), rows(inputs[0]!), { transposeB: true });
  const centred = sub(reshape(product, [batch, groups, width]), mul(outputs[1]!, plain));
  return { plain, weighted: mul(centred, outputs[2]!) };
}

/**
 * With s = 1 / deviation and n = the normalised map: dx = s (w dy - mean(w dy) - n mean(w dy n)), means over the group.
 * Ordered by maps this is dy times one number, plus x times a second, plus a third.
 */
function inputGradient(context: GradientContext<GroupNormOptions>): Tensor {
  const { dy, inputs, outputs, attrs } = context;
  const [x, weight] = inputs as [Tensor, Tensor];
  const [, mean, inverse] = outputs as [Tensor, Tensor, Tensor];
  const { batch, groups, width, pixels } = groupSizes(dy.shape, attrs.groups);
  const { plain, weighted } = channelSums(context);
  const rows = reshape(weight, [1, groups, width]);
  const meanOver = (t: Tensor): Tensor => mul(sum(mul(t, rows), 2, true), 1 / (width * pixels));
  const byX = neg(mul(mul(inverse, inverse), meanOver(weighted)));
  const constant = neg(add(mul(inverse, meanOver(plain)), mul(byX, mean)));
  const perGroup = [batch, groups, width * pixels];
  const byDy = mul(dy, reshape(mul(inverse, rows), [batch, groups * width, 1, 1]));
  const rest = add(mul(reshape(x, perGroup), byX), constant);
  return add(byDy, reshape(rest, x.shape));
}

function gradients(context: GradientContext<GroupNormOptions>): Gradients {
  const perChannel = (t: Tensor): Tensor => reshape(sum(t, 0), context.inputs[1]!.shape);
  return [
    () => inputGradient(context),
    () => perChannel(channelSums(context).weighted),
    () => perChannel(channelSums(context).plain),
  ];
}

const runGroupNorm = defineKernel<GroupNormOptions>({
  name: 'GroupNorm',
  eager: eagerGroupNorm,
  onnx: recordGroupNorm,
  gradient: gradients,
});

/**
 * Normalises each group of channels of each image to mean 0 and variance 1, then scales and shifts each channel, as
 * torch's GroupNorm. A constant group becomes the bias.
 * @param x float32[B, C, H, W]
 * @param weight float32[C]
 * @param bias float32[C]
 * @returns float32[B, C, H, W]
 * @throws SHAPE_MISMATCH where the groups do not divide the channels
 */
export function groupNorm(x: Tensor, weight: Tensor, bias: Tensor, groups: number, eps: number): Tensor {
  const channels = x.shape[1]!;
  const fits = x.rank === 4 && channels % groups === 0 && weight.size === channels && bias.size === channels;
  const must = `x is [B, C, H, W], weight and bias [C], and ${groups} divides C`;
  mustFit(fits, 'groupNorm', must, describeShapes(x, weight, bias));
  return runGroupNorm([x, weight, bias], { groups, eps })[0]!;
}
