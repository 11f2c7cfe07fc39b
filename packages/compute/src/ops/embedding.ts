import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { castTo, emit, expandTo, reshapeTo, scalarValue } from '../trace/nodes.js';
import { cast } from './cast.js';
import { reshape } from './shape.js';

/** Adds row i of dy to row `rows[i]` of zeros [count, D]; rows may repeat. */
const runScatter = defineKernel<{ count: number }>({
  name: 'ScatterRows',
  eager: ([dy, rows], { count }) => tf.unsortedSegmentSum(dy!, rows as Tensor1D, count),
  onnx: (graph, [dy, rows], { count }) => {
    const spec = { shape: [count, dy!.shape[1]!], dtype: 'float32' } as const;
    const indices = reshapeTo(graph, castTo(graph, rows!, 'int64'), [rows!.shape[0]!, 1]);
    const zeros = expandTo(graph, scalarValue(graph, 0), spec.shape);
    return emit(graph, 'ScatterND', [zeros, indices, dy!], spec, { reduction: 'add' });
  },
});

const runGather = defineKernel({
  name: 'GatherRows',
  eager: ([x, rows]) => tf.gather(x!, rows as Tensor1D),
  onnx: (graph, [x, rows]) => {
    const output = { shape: [rows!.shape[0]!, x!.shape[1]!], dtype: x!.dtype };
    return emit(graph, 'Gather', [x!, rows!], output, { axis: 0 });
  },
  gradient: ({ dy, inputs: [x, rows] }) => [() => runScatter([dy, rows!], { count: x!.shape[0]! })[0]!, null],
});

/**
 * Row `rows[i]` of x as row i; the gradient adds up where a row is taken several times.
 * @param x float32[N, D]
 * @param rows int32[K], each from 0 to N - 1
 * @returns float32[K, D]
 * @throws SHAPE_MISMATCH
 */
export function gatherRows(x: Tensor, rows: Tensor): Tensor {
  mustFit(x.rank === 2 && rows.rank === 1, 'gatherRows', 'x is [N, D] and rows [K]', describeShapes(x, rows));
  return runGather([x, cast(rows, 'int32')], {})[0]!;
}

/**
 * One row of the table for each id.
 * @param table float32[V, D]
 * @param ids int32[...], each from 0 to V - 1
 * @returns float32[..., D]
 * @throws SHAPE_MISMATCH
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  mustFit(table.rank === 2, 'embedding', 'the table is [V, D]', describeShapes(table, ids));
  return reshape(gatherRows(table, reshape(ids, [-1])), [...ids.shape, table.shape[1]!]);
}
