import type { Graph, Value } from '../graph.js';
import { binary, castTo, compare, emit, scalarValue, unary } from '../nodes.js';
import { broadcastShapes } from '../../kernel/shapes.js';
import { rule } from './rule.js';

/** Kernels that are one ONNX operator of the same meaning. */
const UNARY: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

const BINARY: Readonly<Record<string, string>> = {
  Maximum: 'Max',
  Minimum: 'Min',
  Multiply: 'Mul',
  Pow: 'Pow',
  Sub: 'Sub',
};

const COMPARE: Readonly<Record<string, string>> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
  LogicalXor: 'Xor',
};

for (const [kernel, op] of Object.entries(UNARY)) rule(kernel, (graph, [x]) => unary(graph, op, x!));
for (const [kernel, op] of Object.entries(BINARY)) rule(kernel, (graph, [a, b]) => binary(graph, op, a!, b!));
for (const [kernel, op] of Object.entries(COMPARE)) rule(kernel, (graph, [a, b]) => compare(graph, op, a!, b!));

const like = (graph: Graph, x: Value, value: number): Value => scalarValue(graph, value, x.dtype);
const predicate = (graph: Graph, op: string, x: Value): Value =>
  emit(graph, op, [x], { shape: x.shape, dtype: 'bool' });

function choose(graph: Graph, condition: Value, a: Value, b: Value): Value {
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return emit(graph, 'Where', [condition, a, b], { shape, dtype: a.dtype });
}

function clamp(graph: Graph, x: Value, low: number, high: number): Value {
  return binary(graph, 'Min', binary(graph, 'Max', x, like(graph, x, low)), like(graph, x, high));
}

/** Negative entries scaled by a number or, channel by channel, by a tensor. */
function leaky(graph: Graph, x: Value, slope: Value): Value {
  return choose(graph, compare(graph, 'Less', x, like(graph, x, 0)), binary(graph, 'Mul', x, slope), x);
}

/** The ONNX remainder of whole numbers has the divisor's sign, as tfjs's has for all numbers. */
function remainder(graph: Graph, a: Value, b: Value): Value {
  if (a.dtype !== 'float32') return binary(graph, 'Mod', a, b);
  const whole = unary(graph, 'Floor', binary(graph, 'Div', a, b));
  return binary(graph, 'Sub', a, binary(graph, 'Mul', b, whole));
}

rule('RealDiv', (graph, [a, b]) => binary(graph, 'Div', castTo(graph, a!, 'float32'), castTo(graph, b!, 'float32')));
rule('Mod', (graph, [a, b]) => remainder(graph, a!, b!));
rule('FloorDiv', (graph, [a, b]) => {
  if (a!.dtype === 'float32') return unary(graph, 'Floor', binary(graph, 'Div', a!, b!));
  return binary(graph, 'Div', binary(graph, 'Sub', a!, remainder(graph, a!, b!)), b!);
});
rule('NotEqual', (graph, [a, b]) => unary(graph, 'Not', compare(graph, 'Equal', a!, b!)));
rule('LogicalNot', (graph, [x]) => unary(graph, 'Not', x!));
rule('AddN', (graph, xs) => emit(graph, 'Sum', xs, xs[0]!));
rule('Square', (graph, [x]) => binary(graph, 'Mul', x!, x!));
rule('SquaredDifference', (graph, [a, b]) => {
  const difference = binary(graph, 'Sub', a!, b!);
  return binary(graph, 'Mul', difference, difference);
});
rule('Rsqrt', (graph, [x]) => unary(graph, 'Reciprocal', unary(graph, 'Sqrt', x!)));
rule('Expm1', (graph, [x]) => binary(graph, 'Sub', unary(graph, 'Exp', x!), like(graph, x!, 1)));
rule('Log1p', (graph, [x]) => unary(graph, 'Log', binary(graph, 'Add', x!, like(graph, x!, 1))));
rule('Relu6', (graph, [x]) => clamp(graph, x!, 0, 6));
rule<{ clipValueMin: number; clipValueMax: number }>('ClipByValue', (graph, [x], { clipValueMin, clipValueMax }) =>
  clamp(graph, x!, clipValueMin, clipValueMax),
);
rule<{ alpha: number }>('LeakyRelu', (graph, [x], { alpha }) => leaky(graph, x!, like(graph, x!, alpha)));
rule('Prelu', (graph, [x, alpha]) => leaky(graph, x!, alpha!));
rule('EluGrad', (graph, [dy, y]) => {
  const slope = binary(graph, 'Add', y!, like(graph, y!, 1));
  const positive = compare(graph, 'GreaterOrEqual', y!, like(graph, y!, 0));
  return choose(graph, positive, dy!, binary(graph, 'Mul', dy!, slope));
});
rule<{ alpha: number }>('Step', (graph, [x], { alpha }) => {
  const positive = compare(graph, 'Greater', x!, like(graph, x!, 0));
  return choose(graph, positive, like(graph, x!, 1), like(graph, x!, alpha));
});
rule('IsNan', (graph, [x]) => predicate(graph, 'IsNaN', x!));
rule('IsInf', (graph, [x]) => predicate(graph, 'IsInf', x!));
rule('IsFinite', (graph, [x]) => {
  const odd = compare(graph, 'Or', predicate(graph, 'IsNaN', x!), predicate(graph, 'IsInf', x!));
  return unary(graph, 'Not', odd);
});
rule('Select', (graph, [condition, a, b]) => choose(graph, condition!, a!, b!));
