import type { Attributes, GraphType, Graph, OutputSpec, Value } from './graph.js';
import { broadcastShapes, reducedShape } from '../kernel/shapes.js';

/** Records a node with one output. */
export function emit(
  graph: Graph,
  op: string,
  inputs: readonly (Value | null)[],
  output: OutputSpec,
  attributes: Attributes = {},
  domain = '',
): Value {
  return graph.node(op, inputs, [output], attributes, domain)[0]!;
}

export function scalarValue(graph: Graph, x: number, dtype: GraphType = 'float32'): Value {
  if (dtype === 'int64') return graph.constant(BigInt64Array.of(BigInt(x)), [], dtype);
  if (dtype === 'int32') return graph.constant(Int32Array.of(x), [], dtype);
  if (dtype === 'bool') return graph.constant(Uint8Array.of(x), [], dtype);
  return graph.constant(Float32Array.of(x), [], dtype);
}

export function indexVector(graph: Graph, xs: readonly number[]): Value {
  return graph.constant(BigInt64Array.from(xs, BigInt), [xs.length], 'int64');
}

export function unary(graph: Graph, op: string, x: Value, domain = '', attributes: Attributes = {}): Value {
  return emit(graph, op, [x], x, attributes, domain);
}

export function binary(graph: Graph, op: string, a: Value, b: Value): Value {
  return emit(graph, op, [a, b], { shape: broadcastShapes(a.shape, b.shape), dtype: a.dtype });
}

export function compare(graph: Graph, op: string, a: Value, b: Value): Value {
  return emit(graph, op, [a, b], { shape: broadcastShapes(a.shape, b.shape), dtype: 'bool' });
}

export function castTo(graph: Graph, x: Value, dtype: GraphType): Value {
  if (x.dtype === dtype) return x;
  const to = {
    float32: 1,
    int32: 6,
    int64: 7,
    bool: 9,
    float16: 10,
    bfloat16: 16,
    uint8: 2,
    float64: 11,
    int16: 5,
    int8: 3,
  }[dtype];
  return emit(graph, 'Cast', [x], { shape: x.shape, dtype }, { to });
}

export function reshapeTo(graph: Graph, x: Value, shape: readonly number[]): Value {
  if (x.shape.length === shape.length && shape.every((n, i) => n === x.shape[i])) return x;
  return emit(graph, 'Reshape', [x, indexVector(graph, shape)], { shape, dtype: x.dtype });
}

export function transposeTo(graph: Graph, x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, i) => axis === i)) return x;
  return emit(graph, 'Transpose', [x], { shape: perm.map((axis) => x.shape[axis]!), dtype: x.dtype }, { perm });
}

export function expandTo(graph: Graph, x: Value, shape: readonly number[]): Value {
  return emit(graph, 'Expand', [x, indexVector(graph, shape)], { shape, dtype: x.dtype });
}

export function reduce(graph: Graph, op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  return emit(graph, op, [x, indexVector(graph, axes)], { shape, dtype: x.dtype }, { keepdims: keepDims ? 1 : 0 });
}

export function concatAlong(graph: Graph, xs: readonly Value[], axis: number): Value {
  const first = xs[0]!;
  const total = xs.reduce((sum, x) => sum + x.shape[axis]!, 0);
  const shape = first.shape.map((n, i) => (i === axis ? total : n));
  return emit(graph, 'Concat', xs, { shape, dtype: first.dtype }, { axis });
}

/** Cuts `size[i]` entries from `begin[i]` on, taking every `step[i]`-th. Axes that stay whole are left out. */
export function sliceOf(
  graph: Graph,
  x: Value,
  begin: readonly number[],
  size: readonly number[],
  step: readonly number[] = [],
): Value {
  const axes = x.shape.map((_, i) => i).filter((i) => begin[i] !== 0 || size[i] !== x.shape[i]);
  if (axes.length === 0) return x;
  const stepOf = (i: number): number => step[i] ?? 1;
  const ends = axes.map((i) => begin[i]! + (size[i]! - 1) * stepOf(i) + 1);
  const starts = axes.map((i) => begin[i]!);
  const vectors = [starts, ends, axes, axes.map(stepOf)].map((xs) => indexVector(graph, xs));
  return emit(graph, 'Slice', [x, ...vectors], { shape: size, dtype: x.dtype });
}

/** Zero padding: `before[i]` and `after[i]` entries around axis i. */
export function padWith(graph: Graph, x: Value, before: readonly number[], after: readonly number[], fill = 0): Value {
  if ([...before, ...after].every((n) => n === 0)) return x;
  const shape = x.shape.map((n, i) => n + before[i]! + after[i]!);
  const inputs = [x, indexVector(graph, [...before, ...after]), scalarValue(graph, fill, x.dtype)];
  return emit(graph, 'Pad', inputs, { shape, dtype: x.dtype }, { mode: 'constant' });
}

export interface MatMulForm {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly alpha?: number;
}

/** Batched product over the last two axes; transposes and the factor are part of the product where there are any. */
export function matMulOf(graph: Graph, a: Value, b: Value, form: MatMulForm = {}): Value {
  const { transposeA = false, transposeB = false, alpha = 1 } = form;
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const cols = b.shape.at(transposeB ? -2 : -1)!;
  const shape = [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, cols];
  const output = { shape, dtype: 'float32' } as const;
  if (!transposeA && !transposeB && alpha === 1) return emit(graph, 'MatMul', [a, b], output);
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: alpha } };
  return emit(graph, 'FusedMatMul', [a, b], output, attributes, 'com.microsoft');
}

/** Rank 2 product with an optional row added in the same pass. */
export function gemm(graph: Graph, a: Value, b: Value, form: MatMulForm = {}, bias: Value | null = null): Value {
  const { transposeA = false, transposeB = false, alpha = 1 } = form;
  const shape = [a.shape[transposeA ? 1 : 0]!, b.shape[transposeB ? 0 : 1]!];
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: alpha } };
  return emit(graph, 'Gemm', bias ? [a, b, bias] : [a, b], { shape, dtype: 'float32' }, attributes);
}
