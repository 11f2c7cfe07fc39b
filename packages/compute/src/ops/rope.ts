import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { emit, reshapeTo, sliceOf, unary } from '../trace/nodes.js';

interface RopeAttrs {
  /** The opposite rotation, which is the gradient. */
  readonly back: boolean;
}

/** The first half of a table as [1 or B, 1, T, d/2]. */
function eagerHalf(table: Tensor): Tensor {
  const [batch, length, width] = table.shape as [number, number, number];
  return tf.expandDims(tf.slice(table, [0, 0, 0], [batch, length, width / 2]), 1);
}

function eagerRope([x, cos, sin]: readonly Tensor[], { back }: RopeAttrs): Tensor {
  const [a, b] = tf.split(x!, 2, 3) as [Tensor, Tensor];
  const [c, s] = [eagerHalf(cos!), back ? tf.neg(eagerHalf(sin!)) : eagerHalf(sin!)];
  return tf.concat([tf.sub(tf.mul(a, c), tf.mul(b, s)), tf.add(tf.mul(b, c), tf.mul(a, s))], 3);
}

/** The first half of a table as the rows of a cache: [B * T, d/2]. */
function recordedHalf(graph: Graph, table: Value): Value {
  const [batch, length, width] = table.shape as [number, number, number];
  const half = sliceOf(graph, table, [0, 0, 0], [batch, length, width / 2]);
  return reshapeTo(graph, half, [batch * length, width / 2]);
}

/** Rows of the cache: the same for every image, or each image its own. */
function cacheRows(graph: Graph, x: Value, tables: number): Value {
  const [batch, , length] = x.shape as [number, number, number];
  const rows = Array.from({ length: batch * length }, (_, i) => BigInt(tables === 1 ? i % length : i));
  return graph.constant(BigInt64Array.from(rows), [batch, length], 'int64');
}

function recordRope(graph: Graph, [x, cos, sin]: readonly Value[], { back }: RopeAttrs): Value {
  const rows = cacheRows(graph, x!, cos!.shape[0]!);
  const [c, s] = [recordedHalf(graph, cos!), recordedHalf(graph, sin!)];
  const inputs = [x!, rows, c, back ? unary(graph, 'Neg', s) : s];
  return emit(graph, 'RotaryEmbedding', inputs, x!, { interleaved: 0 }, 'com.microsoft');
}

const run: (inputs: readonly Tensor[], attrs: RopeAttrs) => Tensor[] = defineKernel<RopeAttrs>({
  name: 'Rope',
  eager: eagerRope,
  onnx: recordRope,
  gradient: ({ dy, inputs: [, cos, sin], attrs: { back } }) => [
    () => run([dy, cos!, sin!], { back: !back })[0]!,
    null,
    null,
  ],
});

/**
 * Rotary positions, half-split: entry i of the first half of a head and entry i of the second are one pair, turned by
 * the angle whose cosine and sine stand at i. The two halves of the tables are equal; the first one is read. The
 * tables have no gradient.
 * @param x float32[B, h, T, d], d even
 * @param cos float32[B or 1, T, d]
 * @param sin float32[B or 1, T, d]
 * @returns float32[B, h, T, d]
 * @throws SHAPE_MISMATCH
 */
export function rope(x: Tensor, cos: Tensor, sin: Tensor): Tensor {
  const [batch, , length, width] = x.shape;
  const matches = (table: Tensor): boolean => {
    const [tables, rows, columns] = table.shape;
    return table.rank === 3 && (tables === 1 || tables === batch) && rows === length && columns === width;
  };
  const fits = x.rank === 4 && width! % 2 === 0 && matches(cos) && matches(sin) && cos.shape[0] === sin.shape[0];
  mustFit(fits, 'rope', 'x is [B, h, T, even d], cos and sin are [B or 1, T, d]', describeShapes(x, cos, sin));
  return run([x, cos, sin], { back: false })[0]!;
}
