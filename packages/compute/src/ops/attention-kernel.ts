import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, emit, matMulOf, reduce } from '../trace/nodes.js';
import { matMul } from './mat-mul.js';
import { sumTo, transpose } from './shape.js';

interface AttentionAttrs {
  readonly scale: number;
}

function eagerWeights([q, k, bias]: readonly (Tensor | undefined)[], { scale }: AttentionAttrs): Tensor {
  const scores = tf.mul(tf.matMul(q!, k!, false, true), scale);
  return tf.softmax(bias ? tf.add(scores, bias) : scores);
}

function recordWeights(graph: Graph, [q, k, bias]: readonly (Value | undefined)[], { scale }: AttentionAttrs): Value {
  const scores = matMulOf(graph, q!, k!, { transposeB: true, alpha: scale });
  return emit(graph, 'Softmax', [bias ? binary(graph, 'Add', scores, bias) : scores], scores, { axis: -1 });
}

/** The softmax of the scores, for the gradient: recorded once, because the graph stores equal nodes once. */
const runWeights = defineKernel<AttentionAttrs>({ name: 'AttentionWeights', eager: eagerWeights, onnx: recordWeights });

/**
 * Gradient by the scores, from dy, v, y and the weights p: p (dy v^T - rowsum(dy y)). The row sum over keys of
 * p (dy v^T) equals that of dy y over the head's width, which is far shorter.
 */
const runScoreGradient = defineKernel({
  name: 'AttentionScoreGradient',
  eager: ([dy, v, y, p]) => tf.mul(p!, tf.sub(tf.matMul(dy!, v!, false, true), tf.sum(tf.mul(dy!, y!), -1, true))),
  onnx: (graph, [dy, v, y, p]) => {
    const total = reduce(graph, 'ReduceSum', binary(graph, 'Mul', dy!, y!), [3], true);
    const raw = matMulOf(graph, dy!, v!, { transposeB: true });
    return binary(graph, 'Mul', binary(graph, 'Sub', raw, total), p!);
  },
});

/** alpha a^T b as (b^T a)^T: the product then turns the narrow operand round, which costs up to half as much. */
function transposedProduct(a: Tensor, b: Tensor, alpha: number): Tensor {
  return transpose(matMul(b, a, { transposeA: true, alpha }), [0, 1, 3, 2]);
}

const run = defineKernel<AttentionAttrs>({
  name: 'Attention',
  eager: ([q, k, v, bias], attrs) => tf.matMul(eagerWeights([q, k, bias], attrs), v!),
  onnx: (graph, [q, k, v, bias], attrs) => matMulOf(graph, recordWeights(graph, [q, k, bias], attrs), v!),
  gradient: ({ dy, inputs: [q, k, v, bias], outputs: [y], attrs: { scale } }) => {
    const weights = (): Tensor => runWeights(bias ? [q!, k!, bias] : [q!, k!], { scale })[0]!;
    const scores = (): Tensor => runScoreGradient([dy, v!, y!, weights()], {})[0]!;
    return [
      () => matMul(scores(), k!, { alpha: scale }),
      () => transposedProduct(scores(), q!, scale),
      () => transposedProduct(weights(), dy, 1),
      () => sumTo(scores(), bias!.shape),
    ];
  },
});

/**
 * Attention with as many key heads as query heads; shapes are trusted.
 * @param q float32[B, h, Tq, d]
 * @param k float32[B, h, Tk, d]
 * @param v float32[B, h, Tk, d]
 * @returns float32[B, h, Tq, d]
 */
export function runAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { scale, bias }: { readonly scale: number; readonly bias: Tensor | null },
): Tensor {
  return run(bias ? [q, k, v, bias] : [q, k, v], { scale })[0]!;
}
