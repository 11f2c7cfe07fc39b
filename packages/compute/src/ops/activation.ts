import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Value } from '../trace/graph.js';
import { binary, scalarValue, unary } from '../trace/nodes.js';
import { add, mul, sub } from './arithmetic.js';
import { defineUnary, exp, positive } from './unary.js';

const SQRT_HALF = Math.SQRT1_2;
const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const MICROSOFT = 'com.microsoft';

/** max(x, 0). */
export const relu = defineUnary('Relu', {
  eager: tf.relu,
  onnx: 'Relu',
  gradient: (dy, _x, y) => mul(dy, positive(y)),
});

/** 1 / (1 + e^-x). */
export const sigmoid = defineUnary('Sigmoid', {
  eager: tf.sigmoid,
  onnx: 'Sigmoid',
  gradient: (dy, _x, y) => mul(dy, sub(y, mul(y, y))),
});

function eagerSoftplus(x: Tensor): Tensor {
  return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
}

/** max(x, 0) + log(1 + e^-|x|): the runtime's own Softplus takes twice as long as these seven passes together. */
export function recordSoftplus(graph: Graph, x: Value): Value {
  const decay = unary(graph, 'Exp', unary(graph, 'Neg', unary(graph, 'Abs', x)));
  const tail = unary(graph, 'Log', binary(graph, 'Add', decay, scalarValue(graph, 1)));
  return binary(graph, 'Add', unary(graph, 'Relu', x), tail);
}

/** log(1 + e^x), without overflow. */
export const softplus = defineUnary('Softplus', {
  eager: eagerSoftplus,
  onnx: recordSoftplus,
  gradient: (dy, x) => mul(dy, sigmoid(x)),
});

/** tfjs's approximation is off by at most 1.5e-7. */
const erf = defineUnary('Erf', { eager: tf.erf, onnx: 'Erf' });

function geluGradient(dy: Tensor, x: Tensor): Tensor {
  const cdf = add(mul(erf(mul(x, SQRT_HALF)), 0.5), 0.5);
  const density = mul(exp(mul(mul(x, x), -0.5)), INV_SQRT_2PI);
  return mul(dy, add(cdf, mul(x, density)));
}

/** x * Phi(x), the exact form with erf. */
export const gelu = defineUnary('Gelu', {
  eager: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, SQRT_HALF)), 1)),
  onnx: (graph, x) => unary(graph, 'Gelu', x, MICROSOFT),
  gradient: (dy, x) => geluGradient(dy, x),
});

function defineGatedSigmoid(name: string, alpha: number): (x: Tensor) => Tensor {
  return defineUnary(name, {
    eager: (x) => tf.mul(x, tf.sigmoid(tf.mul(x, alpha))),
    onnx: (graph, x) => unary(graph, 'QuickGelu', x, MICROSOFT, { alpha: { float: alpha } }),
    // y' = a y + s (1 - a y) with s = sigmoid(a x): the forward pass's y saves two products.
    gradient: (dy, x, y) => {
      const scaled = alpha === 1 ? y : mul(y, alpha);
      const gate = sigmoid(alpha === 1 ? x : mul(x, alpha));
      return mul(dy, add(scaled, mul(gate, sub(1, scaled))));
    },
  });
}

/** x * sigmoid(1.702 x), CLIP's activation. */
export const quickGelu = defineGatedSigmoid('QuickGelu', 1.702);
/** x * sigmoid(x). */
export const silu = defineGatedSigmoid('Silu', 1);
