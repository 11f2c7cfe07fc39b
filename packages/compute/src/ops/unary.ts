import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Graph, Value } from '../trace/graph.js';
import { unary } from '../trace/nodes.js';
import { div, mul, neg, sub } from './arithmetic.js';
import { expectFloat } from './operand.js';

export interface UnaryForm {
  /** The ONNX operator, or a function that records several. */
  readonly onnx: string | ((graph: Graph, x: Value) => Value);
  eager(x: Tensor): Tensor;
  /** Gradient by x; y is the result of the forward pass. */
  gradient?(dy: Tensor, x: Tensor, y: Tensor): Tensor;
}

/** An element-wise float32 operation. */
export function defineUnary(name: string, form: UnaryForm): (x: Tensor) => Tensor {
  const { onnx, eager, gradient } = form;
  const run = defineKernel({
    name,
    eager: ([x]) => eager(x!),
    onnx: (graph, [x]) => (typeof onnx === 'string' ? unary(graph, onnx, x!) : onnx(graph, x!)),
    ...(gradient && {
      gradient: ({ dy, inputs, outputs }) => [() => gradient(dy, inputs[0]!, outputs[0]!)],
    }),
  });
  return (x) => run([expectFloat(name, x)], {})[0]!;
}

/** -1, 0 or 1; a constant for every gradient. */
export const sign = defineUnary('Sign', { eager: tf.sign, onnx: 'Sign' });
/** Largest whole number not above x; a constant for every gradient. */
export const floor = defineUnary('Floor', { eager: tf.floor, onnx: 'Floor' });

/** Smallest whole number not below x; a constant for every gradient. */
export const ceil = defineUnary('Ceil', { eager: tf.ceil, onnx: 'Ceil' });
/** Nearest whole number, halves to the even one; a constant for every gradient. */
export const round = defineUnary('Round', { eager: tf.round, onnx: 'Round' });

/** 1 where x > 0, else 0; a constant for every gradient. The runtime is faster at this than at comparing or Sign. */
export const positive = defineUnary('Positive', {
  eager: (x) => tf.step(x),
  onnx: (graph, x) => unary(graph, 'HardSigmoid', x, '', { alpha: { float: 1e30 }, beta: { float: 0 } }),
});

/** e^x. */
export const exp = defineUnary('Exp', { eager: tf.exp, onnx: 'Exp', gradient: (dy, _x, y) => mul(dy, y) });
/** Natural logarithm; NaN below 0. */
export const log = defineUnary('Log', { eager: tf.log, onnx: 'Log', gradient: (dy, x) => div(dy, x) });
/** Square root; NaN below 0. */
export const sqrt = defineUnary('Sqrt', {
  eager: tf.sqrt,
  onnx: 'Sqrt',
  gradient: (dy, _x, y) => div(mul(dy, 0.5), y),
});
/** Sine of radians. */
export const sin = defineUnary('Sin', { eager: tf.sin, onnx: 'Sin', gradient: (dy, x) => mul(dy, cos(x)) });
/** Cosine of radians. */
export const cos: (x: Tensor) => Tensor = defineUnary('Cos', {
  eager: tf.cos,
  onnx: 'Cos',
  gradient: (dy, x) => neg(mul(dy, sin(x))),
});
/** Absolute value; its slope at 0 is 0. */
export const abs = defineUnary('Abs', { eager: tf.abs, onnx: 'Abs', gradient: (dy, x) => mul(dy, sign(x)) });
/** Hyperbolic tangent. */
export const tanh = defineUnary('Tanh', {
  eager: tf.tanh,
  onnx: 'Tanh',
  gradient: (dy, _x, y) => mul(dy, sub(1, mul(y, y))),
});
/** x * x. */
export const square = (x: Tensor): Tensor => mul(x, x);
/** 1 / x. */
export const reciprocal = (x: Tensor): Tensor => div(1, x);
/** 1 / sqrt(x). */
export const rsqrt = (x: Tensor): Tensor => div(1, sqrt(x));
