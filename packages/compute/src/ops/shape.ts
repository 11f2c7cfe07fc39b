import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel, untaped } from '../kernel/define-kernel.js';
import { broadcastAxes, describeShapes, mustFit, resolveAxis, sameShape, sizeOf } from '../kernel/shapes.js';
import {
  concatAlong,
  expandTo,
  indexVector,
  padWith,
  reduce,
  reshapeTo,
  sliceOf,
  transposeTo,
} from '../trace/nodes.js';

const runReshape = defineKernel<{ shape: readonly number[] }>({
  name: 'Reshape',
  eager: ([x], { shape }) => tf.reshape(x!, [...shape]),
  onnx: (graph, [x], { shape }) => reshapeTo(graph, x!, shape),
  gradient: ({ dy, inputs }) => [() => reshape(dy, inputs[0]!.shape)],
});

/** Same elements in row-major order under another shape; one axis may be -1. @throws SHAPE_MISMATCH */
export function reshape(x: Tensor, shape: readonly number[]): Tensor {
  const known = sizeOf(shape.filter((n) => n !== -1));
  const full = shape.map((n) => (n === -1 ? x.size / known : n));
  mustFit(sizeOf(full) === x.size, 'reshape', 'both shapes hold equally many elements', describeShapes(x, { shape }));
  return sameShape(full, x.shape) ? x : runReshape([x], { shape: full })[0]!;
}

const runTranspose = defineKernel<{ perm: readonly number[] }>({
  name: 'Transpose',
  eager: ([x], { perm }) => tf.transpose(x!, [...perm]),
  onnx: (graph, [x], { perm }) => transposeTo(graph, x!, perm),
  gradient: ({ dy, attrs }) => [
    () =>
      transpose(
        dy,
        attrs.perm.map((_, axis) => attrs.perm.indexOf(axis)),
      ),
  ],
});

/** Axis i of the result is axis `perm[i]` of x; without `perm` the axes are reversed. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const order = perm?.map((axis) => resolveAxis(x.rank, axis)) ?? x.shape.map((_, i) => x.rank - 1 - i);
  return order.every((axis, i) => axis === i) ? x : runTranspose([x], { perm: order })[0]!;
}

const runConcat = defineKernel<{ axis: number }>({
  name: 'Concat',
  eager: (xs, { axis }) => tf.concat([...xs], axis),
  onnx: (graph, xs, { axis }) => concatAlong(graph, xs, axis),
  gradient: ({ dy, inputs, attrs: { axis } }) => {
    const starts = inputs.map((_, i) => inputs.slice(0, i).reduce((sum, x) => sum + x.shape[axis]!, 0));
    return inputs.map(
      (x, i) => () =>
        slice(
          dy,
          dy.shape.map((_, d) => (d === axis ? starts[i]! : 0)),
          x.shape,
        ),
    );
  },
});

/** Joins tensors that agree on every axis but `axis`. */
export function concat(xs: readonly Tensor[], axis: number): Tensor {
  if (xs.length === 1) return xs[0]!;
  return runConcat(xs, { axis: resolveAxis(xs[0]!.rank, axis) })[0]!;
}

const runSlice = defineKernel<{ begin: readonly number[]; size: readonly number[] }>({
  name: 'Slice',
  eager: ([x], { begin, size }) => tf.slice(x!, [...begin], [...size]),
  onnx: (graph, [x], { begin, size }) => sliceOf(graph, x!, begin, size),
  gradient: ({ dy, inputs, attrs: { begin, size } }) => [
    () =>
      pad(
        dy,
        begin.map((before, i) => [before, inputs[0]!.shape[i]! - before - size[i]!]),
      ),
  ],
});

/** `size[i]` entries from `begin[i]` on; axes beyond the lists stay whole, size -1 means up to the end. */
export function slice(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  const from = x.shape.map((_, i) => begin[i] ?? 0);
  const count = x.shape.map((n, i) => (size[i] === undefined || size[i] === -1 ? n - from[i]! : size[i]));
  const inside = x.shape.every((n, i) => from[i]! >= 0 && count[i]! >= 0 && from[i]! + count[i]! <= n);
  mustFit(inside, 'slice', 'begin and size stay inside the tensor', `[${from}] + [${count}] of ${describeShapes(x)}`);
  return sameShape(count, x.shape) ? x : runSlice([x], { begin: from, size: count })[0]!;
}

const runPad = defineKernel<{ paddings: readonly (readonly [number, number])[]; value: number }>({
  name: 'Pad',
  eager: ([x], { paddings, value }) =>
    tf.pad(
      x!,
      paddings.map(([a, b]) => [a, b] as [number, number]),
      value,
    ),
  onnx: (graph, [x], { paddings, value }) =>
    padWith(
      graph,
      x!,
      paddings.map(([before]) => before),
      paddings.map(([, after]) => after),
      value,
    ),
  gradient: ({ dy, inputs, attrs }) => [
    () =>
      slice(
        dy,
        attrs.paddings.map(([before]) => before),
        inputs[0]!.shape,
      ),
  ],
});

/** Adds `[before, after]` entries of `value` around each axis. */
export function pad(x: Tensor, paddings: readonly (readonly number[])[], value = 0): Tensor {
  const pairs = paddings.map(([before = 0, after = 0]) => [before, after] as const);
  return pairs.every(([a, b]) => a === 0 && b === 0) ? x : runPad([x], { paddings: pairs, value })[0]!;
}

function eagerBroadcast(x: Tensor, shape: readonly number[]): Tensor {
  const aligned = [...new Array<number>(shape.length - x.rank).fill(1), ...x.shape];
  return tf.tile(
    tf.reshape(x, aligned),
    shape.map((n, i) => n / aligned[i]!),
  );
}

const runBroadcast = defineKernel<{ shape: readonly number[] }>({
  name: 'BroadcastTo',
  eager: ([x], { shape }) => eagerBroadcast(x!, shape),
  onnx: (graph, [x], { shape }) => expandTo(graph, x!, shape),
  gradient: ({ dy, inputs }) => [() => sumTo(dy, inputs[0]!.shape)],
});

/** Stretches axes of 1 (and missing leading axes) to `shape`. */
export function broadcastTo(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : runBroadcast([x], { shape: [...shape] })[0]!;
}

const runSumTo = defineKernel<{ shape: readonly number[] }>({
  name: 'SumTo',
  eager: ([x], { shape }) => tf.reshape(tf.sum(x!, broadcastAxes(x!.shape, shape)), [...shape]),
  onnx: (graph, [x], { shape }) =>
    reshapeTo(graph, reduce(graph, 'ReduceSum', x!, broadcastAxes(x!.shape, shape), false), shape),
  gradient: ({ dy, inputs }) => [() => broadcastTo(dy, inputs[0]!.shape)],
});

/** The opposite of {@link broadcastTo}: sums what was stretched. */
export function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  return sameShape(x.shape, shape) ? x : runSumTo([x], { shape: [...shape] })[0]!;
}

const runSplit = defineKernel<{ sizes: readonly number[]; axis: number }>({
  name: 'Split',
  eager: ([x], { sizes, axis }) => tf.split(x!, [...sizes], axis),
  onnx: (graph, [x], { sizes, axis }) => {
    const outputs = sizes.map((n) => ({ shape: x!.shape.map((m, i) => (i === axis ? n : m)), dtype: x!.dtype }));
    return graph.node('Split', [x!, indexVector(graph, sizes)], outputs, { axis });
  },
  gradient: ({ dys, attrs: { axis } }) => [() => concat(dys, axis)],
});

/** Cuts an axis into `parts` equal pieces, or into pieces of the given sizes. */
export function split(x: Tensor, parts: number | readonly number[], axis: number): Tensor[] {
  const along = resolveAxis(x.rank, axis);
  const length = x.shape[along]!;
  const sizes = typeof parts === 'number' ? new Array<number>(parts).fill(length / parts) : parts;
  const whole = sizes.every(Number.isInteger) && sizes.reduce((a, b) => a + b, 0) === length;
  mustFit(whole, 'split', `the pieces add up to axis ${along}`, `${sizes.join(' + ')} of ${describeShapes(x)}`);
  return sizes.length === 1 ? [x] : runSplit([x], { sizes: [...sizes], axis: along });
}

/** Repeats the tensor `reps[i]` times along axis i. */
export function tile(x: Tensor, reps: readonly number[]): Tensor {
  const spread = broadcastTo(
    reshape(
      x,
      x.shape.flatMap((n) => [1, n]),
    ),
    x.shape.flatMap((n, i) => [reps[i]!, n]),
  );
  return reshape(
    spread,
    x.shape.map((n, i) => n * reps[i]!),
  );
}

/** Joins equal shapes along a new axis. */
export function stack(xs: readonly Tensor[], axis = 0): Tensor {
  return concat(
    xs.map((x) => expandDims(x, axis)),
    axis,
  );
}

/** Cuts along an axis and drops it. */
export function unstack(x: Tensor, axis = 0): Tensor[] {
  const along = resolveAxis(x.rank, axis);
  return split(x, x.shape[along]!, along).map((piece) => squeeze(piece, [along]));
}

/** Drops the given axes of 1, or all axes of 1. */
export function squeeze(x: Tensor, axes?: readonly number[]): Tensor {
  const drop =
    axes?.map((axis) => resolveAxis(x.rank, axis)) ?? x.shape.map((_, i) => i).filter((i) => x.shape[i] === 1);
  return reshape(
    x,
    x.shape.filter((_, i) => !drop.includes(i)),
  );
}

/** Puts an axis of 1 at `axis`. */
export function expandDims(x: Tensor, axis: number): Tensor {
  const at = resolveAxis(x.rank + 1, axis);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** The same values, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return untaped(() => tf.clone(x));
}
