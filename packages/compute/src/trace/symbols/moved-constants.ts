import type { GraphType, Graph, GraphConstant, Value } from '../graph.js';
import { sameBytes } from '../graph.js';
import { binary, castTo, emit, scalarValue } from '../nodes.js';
import { sameShape, sizeOf } from '../../kernel/shapes.js';
import { fitArray } from './fit-array.js';
import type { ArrayRule } from './fit-array.js';
import type { Expression } from './expression.js';
import { fitExpression } from './fit-expression.js';
import { fitRatio } from './fit-ratio.js';
import type { Size, SizeNodes } from './size-nodes.js';

/** Longer vectors of fixed length whose numbers moved are no list of sizes. */
const LONGEST_LIST = 16;

export interface MovedContext {
  readonly graph: Graph;
  readonly nodes: SizeNodes;
  readonly samples: readonly (readonly number[])[];
}

export function constantMoved(recorded: readonly GraphConstant[]): boolean {
  const [first, ...others] = recorded as [GraphConstant, ...GraphConstant[]];
  return others.some(({ value, data }) => !sameShape(value.shape, first.value.shape) || !sameBytes(data, first.data));
}

const numbersOf = ({ data }: GraphConstant): number[] => Array.from(data as ArrayLike<number | bigint>, Number);

const fits = new WeakMap<object, Map<string, Expression | null>>();

/** The same sizes are asked for at every node: found once for each set of samples. */
function knownFit(values: readonly number[], samples: readonly (readonly number[])[]): Expression | null {
  const found = fits.get(samples) ?? new Map<string, Expression | null>();
  fits.set(samples, found);
  const key = values.join();
  if (!found.has(key)) found.set(key, fitExpression(values, samples));
  return found.get(key)!;
}

/** Numbers in a row, each known or an expression of the symbols; null where one follows no expression. */
export function fitSizes(
  lists: readonly (readonly number[])[],
  samples: readonly (readonly number[])[],
): readonly Size[] | null {
  const sizes = lists[0]!.map((first, i) => {
    const values = lists.map((list) => list[i]!);
    return values.every((x) => x === first) ? first : knownFit(values, samples);
  });
  return sizes.every((size) => size !== null) ? sizes : null;
}

/** A float that moved: whole numbers are sizes, others a fixed number times or over one. */
function recordScalar(context: MovedContext, values: readonly number[], dtype: GraphType): Value | null {
  const { graph, nodes, samples } = context;
  const whole = knownFit(values, samples);
  if (whole) return nodes.scalar(whole, dtype);
  const ratio = dtype === 'float32' ? fitRatio(values, samples) : null;
  if (!ratio) return null;
  const size = nodes.scalar(ratio.expression, dtype);
  return binary(graph, ratio.op, scalarValue(graph, ratio.factor, dtype), size);
}

function recordList({ nodes, graph, samples }: MovedContext, recorded: readonly GraphConstant[]): Value | null {
  const { dtype, shape } = recorded[0]!.value;
  const sizes = fitSizes(recorded.map(numbersOf), samples);
  return sizes && shape.length === 1 ? castTo(graph, nodes.vector(sizes), dtype) : null;
}

function recordRange(
  { graph, nodes }: MovedContext,
  rule: ArrayRule & { start: number },
  count: Size,
  like: Value,
): Value {
  const { start, step } = rule as { start: number; step: number };
  const dtype = like.dtype === 'bool' ? 'int32' : like.dtype;
  const constant = (x: number): Value => scalarValue(graph, x, dtype);
  const length = binary(graph, 'Mul', nodes.scalar(count, dtype), constant(step));
  const stop = start === 0 ? length : binary(graph, 'Add', length, constant(start));
  const output = { shape: [-1], dtype };
  return emit(graph, 'Range', [constant(start), stop, constant(step)], output);
}

/** An array whose shape moved, made again from a rule when the graph runs. */
function recordArray(context: MovedContext, recorded: readonly GraphConstant[]): Value | null {
  const { graph, nodes, samples } = context;
  const like = recorded[0]!.value;
  const rule = fitArray(recorded.map((r) => ({ shape: r.value.shape, numbers: numbersOf(r) })));
  const shapes = recorded.map(({ value }) => value.shape);
  const dims = shapes.every(({ length }) => length === like.shape.length) ? fitSizes(shapes, samples) : null;
  if (!rule || !dims) return null;
  const target = nodes.vector(dims);
  if (rule.kind === 'fill') {
    const single = scalarValue(graph, rule.value, like.dtype);
    return emit(graph, 'Expand', [single, target], like);
  }
  if (rule.kind === 'flat') {
    const count = fitSizes(shapes.map((shape) => [sizeOf(shape)]), samples); // prettier-ignore
    if (!count) return null;
    return emit(graph, 'Reshape', [recordRange(context, rule, count[0]!, like), target], like);
  }
  const line = recordRange(context, rule, dims[rule.axis]!, like);
  const aligned = like.shape.map((_, axis) => (axis === rule.axis ? -1 : 1));
  const column = emit(graph, 'Reshape', [line, nodes.vector(aligned)], { shape: aligned, dtype: like.dtype });
  return aligned.length === 1 ? line : emit(graph, 'Expand', [column, target], like);
}

/**
 * Records how a constant that moved with the sizes is made when the graph runs.
 * @returns null where it follows no rule: it is baked in
 */
export function recordMoved(context: MovedContext, recorded: readonly GraphConstant[]): Value | null {
  const { shape, dtype } = recorded[0]!.value;
  const fixed = recorded.every(({ value }) => sameShape(value.shape, shape));
  if (!fixed) return recordArray(context, recorded);
  if (shape.length === 0) return recordScalar(context, recorded.flatMap(numbersOf), dtype);
  return sizeOf(shape) <= LONGEST_LIST ? recordList(context, recorded) : null;
}
