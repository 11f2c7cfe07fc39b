import { attribute, axisOf, like, must, shapeOf, typeOf } from './infer.js';
import type { InferenceRule, NodeContext } from './infer.js';

function joined(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === b.length && a.every((n, i) => n === b[i])) return a;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const shift = long.length - short.length;
  return long.map((m, i) => {
    const n = short[i - shift] ?? 1;
    must(m === n || m === 1 || n === 1, `[${a}] and [${b}] broadcast`);
    return m === 1 ? n : m;
  });
}

const broadcast = (...shapes: readonly (readonly number[])[]): readonly number[] => shapes.reduce(joined);

const unary: InferenceRule = (context) => like(context, shapeOf(context, 0));

const elementwise: InferenceRule = (context) => {
  const dtype = typeOf(context, 0);
  const same = context.inputs.every((input) => input?.dtype === dtype);
  if (!same) must(false, `the operands have one type, not ${context.inputs.map((x) => x?.dtype).join(' and ')}`);
  return like(context, broadcast(...context.inputs.map((_, i) => shapeOf(context, i))));
};

const comparison: InferenceRule = (context) => elementwise(context)!.map(({ shape }) => ({ shape, dtype: 'bool' }));
const predicate: InferenceRule = (context) => [{ shape: shapeOf(context, 0), dtype: 'bool' }];

const where: InferenceRule = (context) => {
  must(typeOf(context, 0) === 'bool', 'the condition is bool');
  must(typeOf(context, 1) === typeOf(context, 2), 'both choices have one type');
  return like(context, broadcast(shapeOf(context, 0), shapeOf(context, 1), shapeOf(context, 2)), 1);
};

function reducedBy(shape: readonly number[], axes: readonly number[], keeps: boolean): number[] {
  const dropped = axes.map((axis) => axisOf(axis, shape.length));
  return keeps ? shape.map((n, i) => (dropped.includes(i) ? 1 : n)) : shape.filter((_, i) => !dropped.includes(i));
}

const reduction: InferenceRule = (context) => {
  const axes = context.numbers(1);
  const keeps = attribute<number>(context, 'keepdims', 1) === 1;
  return axes ? like(context, reducedBy(shapeOf(context, 0), axes, keeps)) : null;
};

const argument: InferenceRule = (context) => {
  const keeps = attribute<number>(context, 'keepdims', 1) === 1;
  return [{ shape: reducedBy(shapeOf(context, 0), [attribute(context, 'axis', 0)], keeps), dtype: 'int64' }];
};

const topK: InferenceRule = (context) => {
  const [k] = context.numbers(1) ?? [];
  if (k === undefined) return null;
  const from = shapeOf(context, 0);
  const axis = axisOf(attribute(context, 'axis', -1), from.length);
  must(k <= from[axis]!, `${k} entries are in axis ${axis} of [${from}]`);
  const shape = from.map((n, i) => (i === axis ? k : n));
  return [
    { shape, dtype: typeOf(context, 0) },
    { shape, dtype: 'int64' },
  ];
};

function swapped(shape: readonly number[], turns: boolean): readonly number[] {
  return turns ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
}

function product(context: NodeContext, transA: boolean, transB: boolean): readonly number[] {
  const a = swapped(shapeOf(context, 0), transA);
  const b = swapped(shapeOf(context, 1), transB);
  must(a.length >= 2 && b.length >= 2 && a.at(-1) === b.at(-2), `[${a}] and [${b}] agree on the inner size`);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

const matMul: InferenceRule = (context) => {
  const flag = (name: string): boolean => attribute<number>(context, name, 0) === 1;
  return like(context, product(context, flag('transA'), flag('transB')));
};

const gemm: InferenceRule = (context) => {
  const result = matMul(context)!;
  must(result[0]!.shape.length === 2, 'the operands of Gemm are matrices');
  if (context.inputs[2]) broadcast(result[0]!.shape, shapeOf(context, 2));
  return result;
};

const einsum: InferenceRule = (context) => {
  const [from, to] = attribute(context, 'equation', '').replace(/\s/g, '').split('->') as [string, string];
  const sizes = new Map<string, number>();
  from.split(',').forEach((letters, i) => {
    const shape = shapeOf(context, i);
    must(letters.length === shape.length, `${letters} names every axis of [${shape}]`);
    [...letters].forEach((letter, axis) => {
      must((sizes.get(letter) ?? shape[axis]) === shape[axis], `${letter} has one size`);
      sizes.set(letter, shape[axis]!);
    });
  });
  return like(context, [...to].map((letter) => sizes.get(letter)!)); // prettier-ignore
};

const range: InferenceRule = (context) => {
  const [start, stop, step] = [0, 1, 2].map((position) => context.numbers(position)?.[0]);
  if (start === undefined || stop === undefined || step === undefined) return null;
  return like(context, [Math.max(0, Math.ceil((stop - start) / step))]);
};

const blockedProduct: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  must(from.at(-1) === attribute(context, 'K', 0), `the last axis of [${from}] is K`);
  return like(context, [...from.slice(0, -1), attribute(context, 'N', 0)]);
};

/** Outputs beside the result hold one number a row; their axis is kept as 1. */
const rowNorm: InferenceRule = (context) => {
  const from = shapeOf(context, 0);
  const axis = axisOf(attribute(context, 'axis', -1), from.length);
  const column = { shape: from.map((n, i) => (i >= axis ? 1 : n)), dtype: 'float32' as const };
  return context.node.outputs.map((_, i) => (i === 0 ? { shape: from, dtype: typeOf(context, 0) } : column));
};

const table = (names: string, rule: InferenceRule): Record<string, InferenceRule> =>
  Object.fromEntries(names.split(' ').map((name) => [name, rule]));

const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh BiasGelu Ceil Cos Cosh CumSum Elu Erf Exp FastGelu Floor Gelu HardSigmoid Log ' +
  'LogSoftmax Neg Not QuickGelu Reciprocal Relu RotaryEmbedding Round Selu Sigmoid Sign Sin Sinh Softmax Softplus Sqrt ' +
  'Tan Tanh';

/** Operators that compute. */
export const MATH_RULES: Readonly<Record<string, InferenceRule>> = {
  ...table(UNARY, unary),
  ...table('Add Sub Mul Div Max Min Mod Sum', elementwise),
  Pow: (context) => like(context, broadcast(shapeOf(context, 0), shapeOf(context, 1))),
  ...table('Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor', comparison),
  ...table('IsNaN IsInf', predicate),
  ...table('ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceSumSquare ReduceL2 ReduceLogSumExp', reduction),
  ...table('ArgMax ArgMin', argument),
  ...table('MatMul FusedMatMul', matMul),
  ...table('LayerNormalization SimplifiedLayerNormalization', rowNorm),
  Einsum: einsum,
  Gemm: gemm,
  MatMulNBits: blockedProduct,
  Range: range,
  TopK: topK,
  Where: where,
};
