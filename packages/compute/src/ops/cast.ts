import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel, untaped } from '../kernel/define-kernel.js';
import { castTo } from '../trace/nodes.js';
import type { TfjsType } from '../kernel/tfjs-type.js';

const run = defineKernel<{ dtype: TfjsType }>({
  name: 'Cast',
  eager: ([x], { dtype }) => tf.cast(x!, dtype),
  onnx: (graph, [x], { dtype }) => castTo(graph, x!, dtype),
});

/** The same numbers as another type; bool gives 0 and 1. No gradient crosses a change of type. */
export function cast(x: Tensor, dtype: TfjsType): Tensor {
  return x.dtype === dtype ? x : untaped(() => run([x], { dtype })[0]!);
}
