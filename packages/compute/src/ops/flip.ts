import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { resolveAxes } from '../kernel/shapes.js';
import { emit, indexVector } from '../trace/nodes.js';

interface FlipAttrs {
  readonly axes: readonly number[];
}

const run: (inputs: readonly Tensor[], attrs: FlipAttrs) => Tensor[] = defineKernel<FlipAttrs>({
  name: 'Flip',
  eager: ([x], { axes }) => tf.reverse(x!, [...axes]),
  onnx: (graph, [x], { axes }) => {
    const of = (n: number): number[] => axes.map(() => n);
    const vectors = [of(-1), of(-Number.MAX_SAFE_INTEGER), [...axes], of(-1)].map((xs) => indexVector(graph, xs));
    return emit(graph, 'Slice', [x!, ...vectors], x!);
  },
  gradient: ({ dy, attrs }) => [() => run([dy], attrs)[0]!],
});

/** The entries of the given axes (all by default) in opposite order. */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  const along = resolveAxes(x.rank, axes);
  return along.length === 0 ? x : run([x], { axes: along })[0]!;
}
