import type { AttributeValue, GraphType, Graph, GraphNode, OutputSpec, Value } from '../graph.js';

/** What the rule of an operator sees of its node. */
export interface NodeContext {
  readonly node: GraphNode;
  /** Operands by position; a missing optional one is undefined. */
  readonly inputs: readonly (Value | undefined)[];
  /** Whole numbers of an operand that is a constant; undefined where it is made when the graph runs. */
  numbers(position: number): readonly number[] | undefined;
}

/** Shapes and types of a node's outputs by the operator's definition; null where a constant is not known. */
export type InferenceRule = (context: NodeContext) => readonly OutputSpec[] | null;

/** An inconsistency that a rule found. */
export class Inconsistent extends Error {}

export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Inconsistent(what);
}

export const shapeOf = ({ inputs }: NodeContext, position: number): readonly number[] => {
  const input = inputs[position];
  must(input !== undefined, `operand ${position} is there`);
  return input.shape;
};

export const typeOf = ({ inputs }: NodeContext, position: number): GraphType => inputs[position]!.dtype;

export function attribute<T extends AttributeValue>({ node }: NodeContext, name: string, otherwise: T): T {
  return (node.attributes[name] as T | undefined) ?? otherwise;
}

/** An axis of a rank as a positive number. */
export function axisOf(axis: number, rank: number): number {
  must(axis >= -rank && axis < rank, `axis ${axis} exists in rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

export const like = (context: NodeContext, shape: readonly number[], position = 0): readonly OutputSpec[] => [
  { shape, dtype: typeOf(context, position) },
];

/** Makes the context of every node of a graph. */
export function contexts(graph: Graph): (node: GraphNode) => NodeContext {
  const constants = new Map(graph.constants.map((constant) => [constant.value.name, constant.data]));
  const read = new Map<string, readonly number[]>();
  const numbersOf = (name: string): readonly number[] | undefined => {
    const data = constants.get(name);
    if (!data || read.has(name)) return read.get(name);
    read.set(name, Array.from(data as ArrayLike<number | bigint>, Number));
    return read.get(name);
  };
  return (node) => ({
    node,
    inputs: node.inputs.map((name) => graph.values.get(name)),
    numbers: (position) => numbersOf(node.inputs[position] ?? ''),
  });
}
