import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { emit, expandTo, padWith, scalarValue } from '../trace/nodes.js';
import { mul, sub } from './arithmetic.js';
import { cast } from './cast.js';
import { reshape } from './shape.js';

/** Added to a score that must not count: its exponential is 0 beside any other, and sums of it stay finite. */
const HIDDEN_SCORE = -1e9;

interface CausalAttrs {
  readonly queries: number;
  readonly keys: number;
}

/** Recorded without a constant that holds a length, so that lengths may be symbols. */
const runCausal = defineKernel<CausalAttrs>({
  name: 'CausalBias',
  eager: (_inputs, { queries, keys }) => {
    const latest = tf.expandDims(tf.range(keys - queries, keys, 1, 'int32'), 1);
    return tf.mul(tf.cast(tf.greater(tf.range(0, keys, 1, 'int32'), latest), 'float32'), HIDDEN_SCORE);
  },
  onnx: (graph, _inputs, { queries, keys }) => {
    const square = expandTo(graph, scalarValue(graph, HIDDEN_SCORE), [queries, queries]);
    const above = emit(graph, 'Trilu', [square, scalarValue(graph, 1, 'int64')], square, { upper: 1 });
    return padWith(graph, above, [0, keys - queries], [0, 0]);
  },
});

/**
 * The bias that hides later keys, where the last query stands at the last key.
 * @returns float32[queries, keys]: 0, or -1e9 where a key comes after its query
 */
export function causalBias(queries: number, keys: number): Tensor {
  return runCausal([], { queries, keys })[0]!;
}

/**
 * The bias that hides padded keys.
 * @param mask bool[B, Tk]: keys that are there
 * @returns float32[B, 1, 1, Tk]
 */
export function keyBias(mask: Tensor): Tensor {
  const [rows, keys] = mask.shape as [number, number];
  const absent = sub(1, cast(cast(mask, 'bool'), 'float32'));
  return reshape(mul(absent, HIDDEN_SCORE), [rows, 1, 1, keys]);
}
