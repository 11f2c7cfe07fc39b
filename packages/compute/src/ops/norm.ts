import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, gemm, reshapeTo, scalarValue } from '../trace/nodes.js';
import { expectFloat } from './operand.js';
import { sum } from './reduce.js';
import { reshape } from './shape.js';

interface NormAttrs {
  readonly eps: number;
}

interface EagerStats {
  readonly centered: Tensor;
  /** One over the deviation, float32[N, 1]. */
  readonly inverse: Tensor;
}

interface RecordedNorm {
  readonly y: Value;
  readonly centered: Value;
  readonly inverse: Value;
}

/** How a norm of rows finds its centre; the rest is the same for all. */
interface RowNorm {
  readonly name: string;
  readonly centers: boolean;
  record(graph: Graph, x: Value, weight: Value, bias: Value | null, attrs: NormAttrs): RecordedNorm;
}

function eagerStats(x: Tensor, { eps }: NormAttrs, centers: boolean): EagerStats {
  const centered = centers ? tf.sub(x, tf.mean(x, -1, true)) : x;
  return { centered, inverse: tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), eps)) };
}

function recordLayerNorm(graph: Graph, x: Value, weight: Value, bias: Value | null, { eps }: NormAttrs): RecordedNorm {
  const column = { shape: [x.shape[0]!, 1], dtype: 'float32' } as const;
  const attributes = { axis: -1, epsilon: { float: eps } };
  const [y, mean, inverse] = graph.node('LayerNormalization', [x, weight, bias], [x, column, column], attributes);
  return { y: y!, centered: binary(graph, 'Sub', x, mean!), inverse: inverse! };
}

function recordRmsNorm(graph: Graph, x: Value, weight: Value, _bias: Value | null, { eps }: NormAttrs): RecordedNorm {
  const column = { shape: [x.shape[0]!, 1], dtype: 'float32' } as const;
  const attributes = { axis: -1, epsilon: { float: eps } };
  const [y, inverse] = graph.node('SimplifiedLayerNormalization', [x, weight], [x, column], attributes);
  return { y: y!, centered: x, inverse: inverse! };
}

/** Row i of the result is the sum of row i of x times the weight: one pass, without a product in memory. */
function weightedRowSum(graph: Graph, x: Value, weight: Value): Value {
  return gemm(graph, x, reshapeTo(graph, weight, [weight.shape[0]!, 1]));
}

function eagerInputGradient(norm: RowNorm, [dy, x, weight]: readonly Tensor[], attrs: NormAttrs): Tensor {
  const { centered, inverse } = eagerStats(x!, attrs, norm.centers);
  const scaled = tf.mul(dy!, weight!);
  const along = tf.mean(tf.mul(scaled, centered), -1, true);
  const part = tf.sub(scaled, tf.mul(centered, tf.mul(along, tf.square(inverse))));
  return tf.mul(norm.centers ? tf.sub(part, tf.mean(scaled, -1, true)) : part, inverse);
}

/** dx = (w dy - mean(w dy) - c mean(w dy c) / s^2) / s, with c the centred row and s its deviation. */
function recordInputGradient(graph: Graph, norm: RowNorm, inputs: readonly Value[], attrs: NormAttrs): Value {
  const [dy, x, weight, bias] = inputs as [Value, Value, Value, Value?];
  const { centered, inverse } = norm.record(graph, x, weight, bias ?? null, attrs);
  const share = scalarValue(graph, 1 / x.shape[1]!);
  const along = weightedRowSum(graph, binary(graph, 'Mul', dy, centered), weight);
  const slope = binary(graph, 'Mul', binary(graph, 'Mul', along, share), binary(graph, 'Mul', inverse, inverse));
  let part = binary(graph, 'Mul', dy, weight);
  if (norm.centers) {
    part = binary(graph, 'Sub', part, binary(graph, 'Mul', weightedRowSum(graph, dy, weight), share));
  }
  part = binary(graph, 'Sub', part, binary(graph, 'Mul', centered, slope));
  return binary(graph, 'Mul', part, inverse);
}

/** dw = sum over the rows of dy c / s: a vector times a matrix. */
function recordWeightGradient(graph: Graph, norm: RowNorm, inputs: readonly Value[], attrs: NormAttrs): Value {
  const [dy, x, weight, bias] = inputs as [Value, Value, Value, Value?];
  const { centered, inverse } = norm.record(graph, x, weight, bias ?? null, attrs);
  const product = binary(graph, 'Mul', dy, centered);
  return reshapeTo(graph, gemm(graph, reshapeTo(graph, inverse, [1, x.shape[0]!]), product), weight.shape);
}

function defineRowNorm(norm: RowNorm): (inputs: readonly Tensor[], attrs: NormAttrs) => Tensor {
  const runInputGradient = defineKernel<NormAttrs>({
    name: `${norm.name}InputGradient`,
    eager: (inputs, attrs) => eagerInputGradient(norm, inputs, attrs),
    onnx: (graph, inputs, attrs) => recordInputGradient(graph, norm, inputs, attrs),
  });
  const runWeightGradient = defineKernel<NormAttrs>({
    name: `${norm.name}WeightGradient`,
    eager: ([dy, x], attrs) => {
      const { centered, inverse } = eagerStats(x!, attrs, norm.centers);
      return tf.sum(tf.mul(tf.mul(dy!, centered), inverse), 0);
    },
    onnx: (graph, inputs, attrs) => recordWeightGradient(graph, norm, inputs, attrs),
  });
  const run = defineKernel<NormAttrs>({
    name: norm.name,
    eager: ([x, weight, bias], attrs) => {
      const { centered, inverse } = eagerStats(x!, attrs, norm.centers);
      const scaled = tf.mul(tf.mul(centered, inverse), weight!);
      return bias ? tf.add(scaled, bias) : scaled;
    },
    onnx: (graph, [x, weight, bias], attrs) => norm.record(graph, x!, weight!, bias ?? null, attrs).y,
    // The statistics are recorded again by the same node, which the graph stores once.
    gradient: ({ dy, inputs, attrs: { eps } }) => [
      () => runInputGradient([dy, ...inputs], { eps })[0]!,
      () => runWeightGradient([dy, ...inputs], { eps })[0]!,
      () => sum(dy, 0),
    ],
  });
  return (inputs, attrs) => run(inputs, attrs)[0]!;
}

const runLayerNorm = defineRowNorm({ name: 'LayerNorm', centers: true, record: recordLayerNorm });
const runRmsNorm = defineRowNorm({ name: 'RmsNorm', centers: false, record: recordRmsNorm });

function asRows(op: string, x: Tensor, ...params: readonly Tensor[]): Tensor {
  const width = x.shape.at(-1);
  const fits = x.rank >= 1 && params.every((param) => param.rank === 1 && param.shape[0] === width);
  mustFit(fits, op, 'parameters are vectors as long as the last axis of x', describeShapes(x, ...params));
  return reshape(expectFloat(op, x), [-1, width!]);
}

/**
 * Each row of the last axis minus its mean, over its deviation, times weight, plus bias.
 * @param x float32[..., D]
 * @param weight float32[D]
 * @param bias float32[D]
 * @param eps added to the variance
 * @returns float32[..., D]
 * @throws SHAPE_MISMATCH
 */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, eps: number): Tensor {
  const rows = asRows('layerNorm', x, weight, bias);
  return reshape(runLayerNorm([rows, weight, bias], { eps }), x.shape);
}

/**
 * Each row of the last axis over its root mean square, times weight.
 * @param x float32[..., D]
 * @param weight float32[D]
 * @param eps added to the mean square
 * @returns float32[..., D]
 * @throws SHAPE_MISMATCH
 */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number): Tensor {
  return reshape(runRmsNorm([asRows('rmsNorm', x, weight), weight], { eps }), x.shape);
}
