import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit, sameShape } from '../kernel/shapes.js';
import { binary, unary } from '../trace/nodes.js';
import { sigmoid, silu } from './activation.js';
import { add, mul, sub } from './arithmetic.js';

/** With s = sigmoid(g) and y = g s: the slope of y is s + y (1 - s), which takes one gate and no second product. */
function gateGradient(dy: Tensor, gate: Tensor, up: Tensor): Tensor {
  const s = sigmoid(gate);
  const slope = add(s, mul(silu(gate), sub(1, s)));
  return mul(mul(dy, up), slope);
}

const run = defineKernel({
  name: 'SiluGate',
  eager: ([gate, up]) => tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), up!),
  onnx: (graph, [gate, up]) => {
    const open = unary(graph, 'QuickGelu', gate!, 'com.microsoft', { alpha: { float: 1 } });
    return binary(graph, 'Mul', open, up!);
  },
  gradient: ({ dy, inputs: [gate, up] }) => [() => gateGradient(dy, gate!, up!), () => mul(dy, silu(gate!))],
});

/**
 * silu(gate) * up, the middle of a SwiGLU block.
 * @param gate float32[...]
 * @param up float32 of the same shape
 * @returns float32 of that shape
 * @throws SHAPE_MISMATCH
 */
export function siluGate(gate: Tensor, up: Tensor): Tensor {
  mustFit(sameShape(gate.shape, up.shape), 'siluGate', 'both have one shape', describeShapes(gate, up));
  return run([gate, up], {})[0]!;
}
