import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, matMulOf, reduce, reshapeTo, scalarValue, unary } from '../trace/nodes.js';
import { mean } from './reduce.js';
import { reshape } from './shape.js';

export interface DiceLossOptions {
  /** Added to both sides of the quotient. 0.001 by default: the official 1e-6 of sums divided by 1000. */
  readonly eps?: number;
}

interface DiceAttrs {
  readonly eps: number;
}

/** Both sides of each row's quotient: (2 sum(p t) + eps) / (sum p + sum t + eps), float32[n, 1] each. */
interface Quotient<T> {
  readonly prob: T;
  readonly above: T;
  readonly below: T;
}

function eagerQuotient(x: Tensor, t: Tensor, eps: number): Quotient<Tensor> {
  const prob = tf.sigmoid(x);
  const over = (y: Tensor): Tensor => tf.sum(y, 1, true);
  const above = tf.add(tf.mul(over(tf.mul(prob, t)), 2), eps);
  return { prob, above, below: tf.add(tf.add(over(prob), over(t)), eps) };
}

/** The sum of products is one row times one column, without the products in memory. */
function recordQuotient(graph: Graph, x: Value, t: Value, eps: number): Quotient<Value> {
  const [rows, pixels] = x.shape as [number, number];
  const prob = unary(graph, 'Sigmoid', x);
  const row = (y: Value): Value => reshapeTo(graph, y, [rows, 1, pixels]);
  const both = reshapeTo(graph, matMulOf(graph, row(prob), row(t), { transposeB: true, alpha: 2 }), [rows, 1]);
  const over = (y: Value): Value => reduce(graph, 'ReduceSum', y, [1], true);
  const plus = (a: Value, b: Value): Value => binary(graph, 'Add', a, b);
  const small = scalarValue(graph, eps);
  return { prob, above: plus(both, small), below: plus(plus(over(prob), over(t)), small) };
}

/** dy (above / below^2 - 2 t / below) p (1 - p), dy float32[n, 1]. */
const runGradient = defineKernel<DiceAttrs>({
  name: 'DiceLossGradient',
  eager: ([x, t, dy], { eps }) => {
    const { prob, above, below } = eagerQuotient(x!, t!, eps);
    const share = tf.div(dy!, below);
    const slope = tf.sub(tf.mul(share, tf.div(above, below)), tf.mul(t!, tf.mul(share, 2)));
    return tf.mul(slope, tf.sub(prob, tf.square(prob)));
  },
  onnx: (graph, [x, t, dy], { eps }) => {
    const { prob, above, below } = recordQuotient(graph, x!, t!, eps);
    const times = (a: Value, b: Value): Value => binary(graph, 'Mul', a, b);
    const over = (a: Value, b: Value): Value => binary(graph, 'Div', a, b);
    const share = over(dy!, below);
    const slope = binary(
      graph,
      'Sub',
      times(share, over(above, below)),
      times(t!, times(share, scalarValue(graph, 2))),
    );
    return times(slope, binary(graph, 'Sub', prob, times(prob, prob)));
  },
});

/** One loss a row, float32[n, 1]. */
const runDice = defineKernel<DiceAttrs>({
  name: 'DiceLoss',
  eager: ([x, t], { eps }) => {
    const { above, below } = eagerQuotient(x!, t!, eps);
    return tf.sub(1, tf.div(above, below));
  },
  onnx: (graph, [x, t], { eps }) => {
    const { above, below } = recordQuotient(graph, x!, t!, eps);
    return binary(graph, 'Sub', scalarValue(graph, 1), binary(graph, 'Div', above, below));
  },
  gradient: ({ dy, inputs: [x, t], attrs: { eps } }) => [() => runGradient([x!, t!, dy], { eps })[0]!, null],
});

/**
 * 1 - (2 sum(p t) + eps) / (sum p + sum t + eps) of each mask, p the logistic function of the logits; the mean over
 * masks. Targets have no gradient.
 * @param logits float32[n, ...]
 * @param targets float32 of the same shape, from 0 to 1
 * @returns float32, a scalar
 * @throws SHAPE_MISMATCH
 * @source LISA dice_loss, whose scale of 1000 is part of eps here
 */
export function diceLoss(logits: Tensor, targets: Tensor, { eps = 1e-3 }: DiceLossOptions = {}): Tensor {
  const fits = logits.rank >= 2 && sameShape(logits.shape, targets.shape);
  mustFit(fits, 'diceLoss', 'both are [n, ...] of one shape', describeShapes(logits, targets));
  const rows = (x: Tensor): Tensor => reshape(x, [x.shape[0]!, -1]);
  return mean(runDice([rows(logits), rows(targets)], { eps })[0]!);
}
