import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, castTo, emit, reduce, reshapeTo, scalarValue, unary } from '../trace/nodes.js';
import { mul, neg, sub } from './arithmetic.js';
import { recordSoftplus, sigmoid } from './activation.js';
import { cast } from './cast.js';
import { ones } from './constants.js';
import { equal, logicalNot } from './logic.js';

export interface CrossEntropyOptions {
  /** Share of the target that is spread evenly over all classes, from 0 to 1. */
  readonly smoothing?: number;
  /** Rows with this label do not count, whatever their weight. */
  readonly ignoreIndex?: number;
}

interface SmoothingAttrs {
  readonly smoothing: number;
}

/** Smallest sum of weights that is divided by; with all weights 0 the loss is 0. */
const TINY = 1e-12;

/** Rows of weight 0 may carry any label: those outside are moved inside. */
function eagerLabels(labels: Tensor, classes: number): Tensor {
  return tf.cast(tf.clipByValue(labels, 0, classes - 1), 'int32');
}

/** 1 at each row's label, else 0; tfjs's own oneHot refuses a single class. */
function eagerHits(labels: Tensor, classes: number): Tensor {
  const inside = tf.expandDims(eagerLabels(labels, classes), 1);
  return tf.cast(tf.equal(inside, tf.range(0, classes, 1, 'int32')), 'float32');
}

function eagerRows([logits, labels]: readonly Tensor[], { smoothing }: SmoothingAttrs): Tensor {
  const logs = tf.logSoftmax(logits!);
  const hit = eagerHits(labels!, logits!.shape[1]!);
  const picked = tf.sum(tf.mul(logs, hit), -1);
  return tf.neg(tf.add(tf.mul(picked, 1 - smoothing), tf.mul(tf.mean(logs, -1), smoothing)));
}

function eagerShares(weights: Tensor): Tensor {
  return tf.div(weights, tf.maximum(tf.sum(weights), TINY));
}

/** int64[N, 1]: the label of each row, inside the classes. */
function recordedLabels(graph: Graph, labels: Value, classes: number): Value {
  const above = binary(graph, 'Max', labels, scalarValue(graph, 0, 'int32'));
  const inside = binary(graph, 'Min', above, scalarValue(graph, classes - 1, 'int32'));
  return reshapeTo(graph, castTo(graph, inside, 'int64'), [labels.shape[0]!, 1]);
}

function recordedShares(graph: Graph, weights: Value): Value {
  const total = binary(graph, 'Max', reduce(graph, 'ReduceSum', weights, [0], false), scalarValue(graph, TINY));
  return binary(graph, 'Div', weights, total);
}

function recordedProbabilities(graph: Graph, logits: Value): Value {
  return emit(graph, 'Softmax', [logits], logits, { axis: -1 });
}

/**
 * float32[N]: the loss of each row. The log of the sum of e^x is taken from the largest probability, which the
 * gradient's softmax gives and which is never too small for a logarithm.
 */
function recordRows(graph: Graph, [logits, labels]: readonly Value[], { smoothing }: SmoothingAttrs): Value {
  const [rows, classes] = logits!.shape as [number, number];
  const largest = reduce(graph, 'ReduceMax', recordedProbabilities(graph, logits!), [1], false);
  const top = reduce(graph, 'ReduceMax', logits!, [1], false);
  const logSum = binary(graph, 'Sub', top, unary(graph, 'Log', largest));
  const column = { shape: [rows, 1], dtype: 'float32' } as const;
  const indices = recordedLabels(graph, labels!, classes);
  const picked = reshapeTo(graph, emit(graph, 'GatherElements', [logits!, indices], column, { axis: 1 }), [rows]);
  if (smoothing === 0) return binary(graph, 'Sub', logSum, picked);
  const hit = binary(graph, 'Mul', picked, scalarValue(graph, 1 - smoothing));
  const spread = reduce(graph, 'ReduceMean', logits!, [1], false);
  const expected = binary(graph, 'Add', hit, binary(graph, 'Mul', spread, scalarValue(graph, smoothing)));
  return binary(graph, 'Sub', logSum, expected);
}

function recordLoss(graph: Graph, inputs: readonly Value[], attrs: SmoothingAttrs): Value {
  const weighted = binary(graph, 'Mul', recordRows(graph, inputs, attrs), recordedShares(graph, inputs[2]!));
  return reduce(graph, 'ReduceSum', weighted, [0], false);
}

/** Gradient by the logits: share * (softmax - target). */
const runLogitGradient = defineKernel<SmoothingAttrs>({
  name: 'CrossEntropyGradient',
  eager: ([logits, labels, weights, dy], { smoothing }) => {
    const classes = logits!.shape[1]!;
    const hit = eagerHits(labels!, classes);
    const target = tf.add(tf.mul(hit, 1 - smoothing), smoothing / classes);
    const factor = tf.expandDims(tf.mul(eagerShares(weights!), dy!), 1);
    return tf.mul(tf.sub(tf.softmax(logits!), target), factor);
  },
  onnx: (graph, [logits, labels, weights, dy], { smoothing }) => {
    const [rows, classes] = logits!.shape as [number, number];
    const factor = reshapeTo(graph, binary(graph, 'Mul', recordedShares(graph, weights!), dy!), [rows, 1]);
    const even = scalarValue(graph, smoothing / classes);
    const p = recordedProbabilities(graph, logits!);
    const spread = smoothing === 0 ? p : binary(graph, 'Sub', p, even);
    const updates = binary(graph, 'Mul', factor, scalarValue(graph, smoothing - 1));
    const inputs = [binary(graph, 'Mul', spread, factor), recordedLabels(graph, labels!, classes), updates];
    return emit(graph, 'ScatterElements', inputs, logits!, { axis: 1, reduction: 'add' });
  },
});

const runCrossEntropy = defineKernel<SmoothingAttrs>({
  name: 'CrossEntropy',
  eager: (inputs, attrs) => tf.sum(tf.mul(eagerRows(inputs, attrs), eagerShares(inputs[2]!))),
  onnx: recordLoss,
  gradient: ({ dy, inputs, attrs: { smoothing } }) => [
    () => runLogitGradient([...inputs, dy], { smoothing })[0]!,
    null,
    null,
  ],
});

/**
 * Weighted mean of -log softmax(logits)[label] over the rows: sum(weight * loss) / sum(weight). A row of weight 0 does
 * not count, whatever its label. Labels and weights have no gradient.
 * @param logits float32[N, V]
 * @param labels int32[N], from 0 to V - 1
 * @param weights float32[N], not negative; null where all rows weigh the same
 * @returns float32, a scalar; 0 where all weights are 0
 * @throws SHAPE_MISMATCH
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  weights: Tensor | null = null,
  { smoothing = 0, ignoreIndex }: CrossEntropyOptions = {},
): Tensor {
  const rows = [logits.shape[0]!];
  const fits = logits.rank === 2 && sameShape(labels.shape, rows) && sameShape(weights?.shape ?? rows, rows);
  const shapes = describeShapes(logits, labels, ...(weights ? [weights] : []));
  mustFit(fits, 'crossEntropy', 'logits are [N, V], labels and weights [N]', shapes);
  const counted = ignoreIndex === undefined ? ones(rows) : cast(logicalNot(equal(labels, ignoreIndex)), 'float32');
  const share = weights && ignoreIndex !== undefined ? mul(weights, counted) : (weights ?? counted);
  return runCrossEntropy([logits, cast(labels, 'int32'), share], { smoothing })[0]!;
}

const runBce = defineKernel({
  name: 'BceWithLogits',
  eager: ([x, t]) => {
    const tail = tf.log1p(tf.exp(tf.neg(tf.abs(x!))));
    return tf.add(tf.sub(tf.relu(x!), tf.mul(x!, t!)), tail);
  },
  onnx: (graph, [x, t]) => binary(graph, 'Sub', recordSoftplus(graph, x!), binary(graph, 'Mul', x!, t!)),
  gradient: ({ dy, inputs: [x, t] }) => [() => mul(dy, sub(sigmoid(x!), t!)), () => neg(mul(dy, x!))],
});

/**
 * -t log s(x) - (1 - t) log(1 - s(x)) for each entry, s the logistic function, without overflow.
 * @param logits float32, any shape
 * @param targets float32 of the same shape, from 0 to 1
 * @returns float32 of that shape
 * @throws SHAPE_MISMATCH
 */
export function bceWithLogits(logits: Tensor, targets: Tensor): Tensor {
  const shapes = describeShapes(logits, targets);
  mustFit(sameShape(logits.shape, targets.shape), 'bceWithLogits', 'both have one shape', shapes);
  return runBce([logits, cast(targets, 'float32')], {})[0]!;
}
