import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { emit, expandTo, indexVector, reshapeTo, scalarValue, sliceOf, unary } from '../trace/nodes.js';

export interface RopeOptions {
  /** Neighbours 2i and 2i + 1 are a pair, instead of entry i of each half. False by default. */
  readonly interleaved?: boolean;
}

interface RopeAttrs {
  /** The opposite rotation, which is the gradient. */
  readonly back: boolean;
  readonly interleaved: boolean;
}

/** The first half of a table as [1 or B, 1, T, d/2]. */
function eagerHalf(table: Tensor): Tensor {
  const [batch, length, width] = table.shape as [number, number, number];
  return tf.expandDims(tf.slice(table, [0, 0, 0], [batch, length, width / 2]), 1);
}

/** Both entries of every pair, float32[B, h, T, d/2] each. */
function eagerPairs(x: Tensor, interleaved: boolean): [Tensor, Tensor] {
  if (!interleaved) return tf.split(x, 2, 3) as [Tensor, Tensor];
  const pairs = tf.reshape(x, [...x.shape.slice(0, 3), x.shape[3]! / 2, 2]);
  return tf.unstack(pairs, 4) as [Tensor, Tensor];
}

function eagerRope([x, cos, sin]: readonly Tensor[], { back, interleaved }: RopeAttrs): Tensor {
  const [a, b] = eagerPairs(x!, interleaved);
  const [c, s] = [eagerHalf(cos!), back ? tf.neg(eagerHalf(sin!)) : eagerHalf(sin!)];
  const turned = [tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))];
  return interleaved ? tf.reshape(tf.stack(turned, 4), x!.shape) : tf.concat(turned, 3);
}

/** The first half of a table as the rows of a cache: [B * T, d/2]. */
function recordedHalf(graph: Graph, table: Value): Value {
  const [batch, length, width] = table.shape as [number, number, number];
  const half = sliceOf(graph, table, [0, 0, 0], [batch, length, width / 2]);
  return reshapeTo(graph, half, [batch * length, width / 2]);
}

/**
 * Rows of the cache: from 0 on for every image, or each image its own. Counted by the graph, so that batch and length
 * may be symbols.
 */
function cacheRows(graph: Graph, x: Value, tables: number): Value {
  if (tables === 1) return indexVector(graph, [0]);
  const [batch, , length] = x.shape as [number, number, number];
  const ones = expandTo(graph, scalarValue(graph, 1, 'int64'), [batch * length]);
  const rows = emit(graph, 'CumSum', [ones, scalarValue(graph, 0, 'int64')], ones, { exclusive: 1 });
  return reshapeTo(graph, rows, [batch, length]);
}

function recordRope(graph: Graph, [x, cos, sin]: readonly Value[], { back, interleaved }: RopeAttrs): Value {
  const rows = cacheRows(graph, x!, cos!.shape[0]!);
  const [c, s] = [recordedHalf(graph, cos!), recordedHalf(graph, sin!)];
  const inputs = [x!, rows, c, back ? unary(graph, 'Neg', s) : s];
  return emit(graph, 'RotaryEmbedding', inputs, x!, { interleaved: interleaved ? 1 : 0 }, 'com.microsoft');
}

const run: (inputs: readonly Tensor[], attrs: RopeAttrs) => Tensor[] = defineKernel<RopeAttrs>({
  name: 'Rope',
  eager: eagerRope,
  onnx: recordRope,
  gradient: ({ dy, inputs: [, cos, sin], attrs: { back, interleaved } }) => [
    () => run([dy, cos!, sin!], { back: !back, interleaved })[0]!,
    null,
    null,
  ],
});

/**
 * Rotary positions: each pair of entries of a head is turned by the angle whose cosine and sine stand at the pair's
 * place in the first half of the tables; {@link ropeTables} makes them. A pair is entry i of both halves (LLaMA), or
 * with `interleaved` the entries 2i and 2i + 1. The tables have no gradient.
 * @param x float32[B, h, T, d], d even
 * @param cos float32[B or 1, T, d]; only the first half of d is read
 * @param sin float32[B or 1, T, d]; likewise
 * @returns float32[B, h, T, d]
 * @throws SHAPE_MISMATCH
 */
export function rope(x: Tensor, cos: Tensor, sin: Tensor, { interleaved = false }: RopeOptions = {}): Tensor {
  const [batch, , length, width] = x.shape;
  const matches = (table: Tensor): boolean => {
    const [tables, rows, columns] = table.shape;
    return table.rank === 3 && (tables === 1 || tables === batch) && rows === length && columns === width;
  };
  const fits = x.rank === 4 && width! % 2 === 0 && matches(cos) && matches(sin) && cos.shape[0] === sin.shape[0];
  mustFit(fits, 'rope', 'x is [B, h, T, even d], cos and sin are [B or 1, T, d]', describeShapes(x, cos, sin));
  return run([x, cos, sin], { back: false, interleaved })[0]!;
}
