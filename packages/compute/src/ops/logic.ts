import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { broadcastShapes } from '../kernel/shapes.js';
import { castTo, compare, emit, unary } from '../trace/nodes.js';
import { mul, sub } from './arithmetic.js';
import { cast } from './cast.js';
import { matchOperands } from './operand.js';
import type { Operand } from './operand.js';
import { sumTo } from './shape.js';

/** Compares two tensors, or a tensor and a number, element by element; bool. */
export type Compare = (a: Operand, b: Operand) => Tensor;

function defineCompare(name: string, op: string, eager: (a: Tensor, b: Tensor) => Tensor): Compare {
  const run = defineKernel({
    name,
    eager: ([a, b]) => eager(a!, b!),
    onnx: (graph, [a, b]) => compare(graph, op, a!, b!),
  });
  return (a, b) => run(matchOperands(a, b), {})[0]!;
}

/** a == b, element by element; bool. */
export const equal = defineCompare('Equal', 'Equal', tf.equal);
/** a > b, element by element; bool. */
export const greater = defineCompare('Greater', 'Greater', tf.greater);
/** a >= b, element by element; bool. */
export const greaterEqual = defineCompare('GreaterEqual', 'GreaterOrEqual', tf.greaterEqual);
/** a != b, element by element; bool. */
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(equal(a, b));
/** a <= b, element by element; bool. */
export const lessEqual = defineCompare('LessEqual', 'LessOrEqual', tf.lessEqual);
/** a < b, element by element; bool. */
export const less = defineCompare('Less', 'Less', tf.less);

const runAnd = defineKernel({
  name: 'LogicalAnd',
  eager: ([a, b]) => tf.logicalAnd(a!, b!),
  onnx: (graph, [a, b]) => compare(graph, 'And', castTo(graph, a!, 'bool'), castTo(graph, b!, 'bool')),
});

/** Both true; bool. */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return runAnd([cast(a, 'bool'), cast(b, 'bool')], {})[0]!;
}

const runOr = defineKernel({
  name: 'LogicalOr',
  eager: ([a, b]) => tf.logicalOr(a!, b!),
  onnx: (graph, [a, b]) => compare(graph, 'Or', a!, b!),
});

/** At least one true; bool. */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return runOr([cast(a, 'bool'), cast(b, 'bool')], {})[0]!;
}

const runNot = defineKernel({
  name: 'LogicalNot',
  eager: ([a]) => tf.logicalNot(a!),
  onnx: (graph, [a]) => unary(graph, 'Not', a!),
});

/** Not true; bool. */
export function logicalNot(a: Tensor): Tensor {
  return runNot([cast(a, 'bool')], {})[0]!;
}

const runWhere = defineKernel({
  name: 'Where',
  eager: ([condition, a, b]) => tf.where(condition!, a!, b!),
  onnx: (graph, [condition, a, b]) => {
    const shape = broadcastShapes(condition!.shape, broadcastShapes(a!.shape, b!.shape));
    return emit(graph, 'Where', [condition!, a!, b!], { shape, dtype: a!.dtype });
  },
  gradient: ({ dy, inputs: [condition, a, b] }) => {
    const taken = cast(condition!, 'float32');
    return [null, () => sumTo(mul(dy, taken), a!.shape), () => sumTo(mul(dy, sub(1, taken)), b!.shape)];
  },
});

/** a where the condition holds, else b; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return runWhere([cast(condition, 'bool'), ...matchOperands(a, b)], {})[0]!;
}
