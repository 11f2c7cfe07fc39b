import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph, Value } from '../trace/graph.js';
import { binary, scalarValue, unary } from '../trace/nodes.js';
import { add, mul, sub } from './arithmetic.js';
import { defineUnary, exp, positive, tanh } from './unary.js';

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

/** The error function. tfjs's approximation is off by at most 1.5e-7. */
export const erf = defineUnary('Erf', {
  eager: tf.erf,
  onnx: 'Erf',
  gradient: (dy, x) => mul(dy, mul(exp(mul(mul(x, x), -1)), 2 / Math.sqrt(Math.PI))),
});

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

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBE = 0.044715;

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)). */
function innerTanh(x: Tensor): Tensor {
  return tanh(mul(mul(x, add(mul(mul(x, x), TANH_CUBE), 1)), TANH_SCALE));
}

function geluTanhGradient(dy: Tensor, x: Tensor): Tensor {
  const t = innerTanh(x);
  const slope = mul(add(mul(mul(x, x), 3 * TANH_CUBE), 1), TANH_SCALE);
  const bend = mul(mul(x, sub(1, mul(t, t))), slope);
  return mul(dy, mul(add(add(t, 1), bend), 0.5));
}

/** x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the form of GPT-2 and torch's approximate='tanh'. */
export const geluTanh = defineUnary('GeluTanh', {
  eager: (x) => {
    const inner = tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), TANH_CUBE), 1)), TANH_SCALE);
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  },
  onnx: (graph, x) => unary(graph, 'FastGelu', x, MICROSOFT),
  gradient: geluTanhGradient,
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

/** x where x > 0, else alpha * x. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor => add(relu(x), mul(relu(mul(x, -1)), -alpha));
