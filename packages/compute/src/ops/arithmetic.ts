import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import type { Gradients, GradientContext } from '../kernel/define-kernel.js';
import { binary, castTo, compare, scalarValue, unary } from '../trace/nodes.js';
import { cast } from './cast.js';
import { matchOperands } from './operand.js';
import type { Operand } from './operand.js';
import { sumTo } from './shape.js';

/** A function of two tensors, or of a tensor and a number, that broadcasts as NumPy does. */
export type Binary = (a: Operand, b: Operand) => Tensor;
type Context = GradientContext<object>;

function defineBinary(
  name: string,
  op: string,
  eager: (a: Tensor, b: Tensor) => Tensor,
  gradient: (context: Context) => Gradients,
): (a: Tensor, b: Tensor) => Tensor {
  const run = defineKernel({
    name,
    eager: ([a, b]) => eager(a!, b!),
    onnx: (graph, [a, b]) => binary(graph, op, a!, b!),
    gradient: (context) => {
      const [a, b] = context.inputs as [Tensor, Tensor];
      const [da, db] = gradient(context);
      return [da ? () => sumTo(da(), a.shape) : null, db ? () => sumTo(db(), b.shape) : null];
    },
  });
  return (a, b) => run([a, b], {})[0]!;
}

const pair = (context: Context): [Tensor, Tensor] => [context.inputs[0]!, context.inputs[1]!];

const runAdd = defineBinary('Add', 'Add', tf.add, ({ dy }) => [() => dy, () => dy]);
const runSub = defineBinary('Sub', 'Sub', tf.sub, ({ dy }) => [() => dy, () => neg(dy)]);
const runMul = defineBinary('Mul', 'Mul', tf.mul, (context) => {
  const [a, b] = pair(context);
  return [() => mul(context.dy, b), () => mul(context.dy, a)];
});
const runDiv = defineBinary('Div', 'Div', tf.div, (context) => {
  const { dy, outputs } = context;
  const [, b] = pair(context);
  return [() => div(dy, b), () => neg(mul(dy, div(outputs[0]!, b)))];
});
const runMaximum = defineBinary('Maximum', 'Max', tf.maximum, (context) => {
  const [a, b] = pair(context);
  return [() => mul(context.dy, atLeast(a, b)), () => mul(context.dy, sub(1, atLeast(a, b)))];
});
const runMinimum = defineBinary('Minimum', 'Min', tf.minimum, (context) => {
  const [a, b] = pair(context);
  return [() => mul(context.dy, atLeast(b, a)), () => mul(context.dy, sub(1, atLeast(b, a)))];
});
const runPow = defineBinary('Pow', 'Pow', tf.pow, (context) => {
  const { dy, outputs } = context;
  const [a, b] = pair(context);
  return [() => mul(dy, mul(b, pow(a, sub(b, 1)))), () => mul(dy, mul(outputs[0]!, logOfPositive(a)))];
});

/** 1 where a >= b, else 0. */
function atLeast(a: Tensor, b: Tensor): Tensor {
  return runAtLeast([a, b], {})[0]!;
}

const runAtLeast = defineKernel({
  name: 'AtLeast',
  eager: ([a, b]) => tf.cast(tf.greaterEqual(a!, b!), 'float32'),
  onnx: (graph, [a, b]) => castTo(graph, compare(graph, 'GreaterOrEqual', a!, b!), a!.dtype),
});

const runLogOfPositive = defineKernel({
  name: 'LogOfPositive',
  eager: ([x]) => tf.log(tf.maximum(x!, 1e-38)),
  onnx: (graph, [x]) => unary(graph, 'Log', binary(graph, 'Max', x!, scalarValue(graph, 1e-38))),
});

function logOfPositive(x: Tensor): Tensor {
  return runLogOfPositive([x], {})[0]!;
}

/** a + b with broadcasting. */
export const add: Binary = (a, b) => runAdd(...matchOperands(a, b));
/** a - b with broadcasting. */
export const sub: Binary = (a, b) => runSub(...matchOperands(a, b));
/** a * b with broadcasting. */
export const mul: Binary = (a, b) => runMul(...matchOperands(a, b));
/** a / b with broadcasting, always in float32. */
export const div: Binary = (a, b) => {
  const [x, y] = matchOperands(a, b);
  return runDiv(cast(x, 'float32'), cast(y, 'float32'));
};
/** The larger of both; where they are equal the gradient goes to a. */
export const maximum: Binary = (a, b) => runMaximum(...matchOperands(a, b));
/** The smaller of both; where they are equal the gradient goes to a. */
export const minimum: Binary = (a, b) => runMinimum(...matchOperands(a, b));
/** a to the power of b. The gradient by b needs a > 0. */
export const pow: Binary = (a, b) => runPow(...matchOperands(a, b));
/** -x. */
export const neg = (x: Tensor): Tensor => mul(x, -1);
/** x held between two numbers; outside the gradient is 0. */
export const clip = (x: Tensor, low: number, high: number): Tensor => minimum(maximum(x, low), high);
