import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { reducedShape, resolveAxes, resolveAxis, sizeOf } from '../kernel/shapes.js';
import { castTo, emit, indexVector, reduce, scalarValue } from '../trace/nodes.js';
import { div, mul, sub } from './arithmetic.js';
import { cast } from './cast.js';
import { equal, greater, logicalNot } from './logic.js';
import { expectFloat } from './operand.js';
import { broadcastTo, reshape } from './shape.js';

interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}
/** Reduces the axes, all of them if left out; negative ones count from the end. */
export type Reduction = (x: Tensor, axes?: number | readonly number[], keepDims?: boolean) => Tensor;

/** Brings the axes back that a reduction dropped, each of size 1. */
function withKeptAxes(y: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return reshape(y, reducedShape(x.shape, axes, true));
}

function extremumGradient(dy: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const hit = cast(equal(x, withKeptAxes(y, x, axes)), 'float32');
  return mul(div(hit, sum(hit, axes, true)), withKeptAxes(dy, x, axes));
}

function defineReduction(
  name: string,
  eager: (x: Tensor, axes: number[], keepDims: boolean) => Tensor,
  gradient: (dy: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor,
): Reduction {
  const run = defineKernel<ReduceAttrs>({
    name,
    eager: ([x], { axes, keepDims }) => eager(x!, [...axes], keepDims),
    onnx: (graph, [x], { axes, keepDims }) => reduce(graph, name, x!, axes, keepDims),
    gradient: ({ dy, inputs, outputs, attrs }) => [() => gradient(dy, inputs[0]!, outputs[0]!, attrs.axes)],
  });
  return (tensor, axes, keepDims = false) => {
    const x = tensor.dtype === 'bool' ? cast(tensor, 'int32') : tensor;
    const resolved = resolveAxes(x.rank, axes);
    return resolved.length === 0 ? x : run([x], { axes: resolved, keepDims })[0]!;
  };
}

/** Sum over `axes` (all by default); bool is counted as int32. */
export const sum: Reduction = defineReduction('ReduceSum', tf.sum, (dy, x, _y, axes) =>
  broadcastTo(withKeptAxes(dy, x, axes), x.shape),
);

const meanOf = defineReduction('ReduceMean', tf.mean, (dy, x, _y, axes) => {
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  return broadcastTo(mul(withKeptAxes(dy, x, axes), 1 / count), x.shape);
});

/** Mean over `axes` (all by default). */
export const mean: Reduction = (x, axes, keepDims) => meanOf(expectFloat('mean', x), axes, keepDims);

/** Maximum over `axes` (all by default); equal maxima share the gradient. */
export const max: Reduction = defineReduction('ReduceMax', tf.max, extremumGradient);
/** Minimum over `axes` (all by default); equal minima share the gradient. */
export const min: Reduction = defineReduction('ReduceMin', tf.min, extremumGradient);

/** Whether any entry along `axes` (all by default) is true; bool. */
export const any: Reduction = (x, axes, keepDims) => greater(sum(cast(x, 'bool'), axes, keepDims), 0);
/** Whether all entries along `axes` (all by default) are true; bool. */
export const all: Reduction = (x, axes, keepDims) => equal(sum(logicalNot(x), axes, keepDims), 0);

/** Mean square of the distance from the mean over `axes` (all by default), over n, not n - 1. */
export const variance: Reduction = (x, axes, keepDims) => {
  const centred = sub(x, mean(x, axes, true));
  return mean(mul(centred, centred), axes, keepDims);
};

const runArgMax = defineKernel<{ axis: number }>({
  name: 'ArgMax',
  eager: ([x], { axis }) => tf.argMax(x!, axis),
  onnx: (graph, [x], { axis }) => {
    const output = { shape: reducedShape(x!.shape, [axis], false), dtype: 'int64' } as const;
    return castTo(graph, emit(graph, 'ArgMax', [x!], output, { axis, keepdims: 0 }), 'int32');
  },
});

/** int32 index of the first maximum along an axis. */
export function argMax(x: Tensor, axis = -1): Tensor {
  return runArgMax([x], { axis: resolveAxis(x.rank, axis) })[0]!;
}

/** int32 index of the first minimum along an axis. */
export function argMin(x: Tensor, axis = -1): Tensor {
  return argMax(mul(x, -1), axis);
}

const runTopK = defineKernel<{ k: number }>({
  name: 'TopK',
  eager: ([x], { k }) => {
    const { values, indices } = tf.topk(x!, k, true);
    return [values, indices];
  },
  onnx: (graph, [x], { k }) => {
    const shape = [...x!.shape.slice(0, -1), k];
    const outputs = [
      { shape, dtype: x!.dtype },
      { shape, dtype: 'int64' as const },
    ];
    const [values, indices] = graph.node('TopK', [x!, indexVector(graph, [k])], outputs, { axis: -1 });
    return [values!, castTo(graph, indices!, 'int32')];
  },
});

/** The k largest entries of the last axis in falling order, and their int32 indices. No gradient. */
export function topK(x: Tensor, k: number): { readonly values: Tensor; readonly indices: Tensor } {
  const [values, indices] = runTopK([x], { k });
  return { values: values!, indices: indices! };
}

interface CumsumAttrs {
  readonly axis: number;
  readonly reverse: boolean;
}

const runCumsum: (inputs: readonly Tensor[], attrs: CumsumAttrs) => Tensor[] = defineKernel<CumsumAttrs>({
  name: 'CumSum',
  eager: ([x], { axis, reverse }) => tf.cumsum(x!, axis, false, reverse),
  onnx: (graph, [x], { axis, reverse }) =>
    emit(graph, 'CumSum', [x!, scalarValue(graph, axis, 'int64')], x!, { reverse: reverse ? 1 : 0 }),
  gradient: ({ dy, attrs: { axis, reverse } }) => [() => runCumsum([dy], { axis, reverse: !reverse })[0]!],
});

/** Running sum along an axis. */
export function cumsum(x: Tensor, axis = -1): Tensor {
  return runCumsum([x], { axis: resolveAxis(x.rank, axis), reverse: false })[0]!;
}
