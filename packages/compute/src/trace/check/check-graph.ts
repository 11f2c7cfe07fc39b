import { Sim4SegError } from '@sim4seg/core';
import { sameShape } from '../../kernel/shapes.js';
import type { Graph, GraphNode, OutputSpec, Value } from '../graph.js';
import { contexts, Inconsistent } from './infer.js';
import type { InferenceRule, NodeContext } from './infer.js';
import { MATH_RULES } from './math-rules.js';
import { SHAPE_RULES } from './shape-rules.js';
import { WINDOW_RULES } from './window-rules.js';

/** By operator: what it gives, by the definition of ONNX or of ONNX Runtime. */
export const INFERENCE_RULES: Readonly<Record<string, InferenceRule>> = {
  ...SHAPE_RULES,
  ...MATH_RULES,
  ...WINDOW_RULES,
};

const describe = ({ shape, dtype }: OutputSpec): string => `${dtype}[${shape.join(', ')}]`;

function defect({ name }: Graph, node: GraphNode, must: string, got: string): Sim4SegError {
  return new Sim4SegError('INTERNAL', {
    must: `node ${node.op} (${node.outputs[0]}) of ${name}: ${must}`,
    got,
    fix: 'report this defect of the recording with the program',
  });
}

function inferred(graph: Graph, node: GraphNode, context: NodeContext): readonly OutputSpec[] | null {
  try {
    return INFERENCE_RULES[node.op]?.(context) ?? null;
  } catch (error) {
    if (!(error instanceof Inconsistent)) throw error;
    const operands = context.inputs.map((input) => (input ? describe(input) : 'nothing')).join(', ');
    throw defect(graph, node, error.message, `operands ${operands}`);
  }
}

function expectInferred(graph: Graph, node: GraphNode, context: NodeContext): void {
  const specs = inferred(graph, node, context);
  if (!specs) return;
  node.outputs.forEach((output, i) => {
    const recorded = graph.values.get(output)!;
    const spec = specs[i];
    if (spec && sameShape(spec.shape, recorded.shape) && spec.dtype === recorded.dtype) return;
    throw defect(graph, node, `output ${i} is ${spec ? describe(spec) : 'absent'}`, describe(recorded));
  });
}

function expectKnown(graph: Graph, node: GraphNode, known: ReadonlySet<string>): void {
  const unknown = node.inputs.find((name) => name !== '' && !known.has(name));
  if (unknown !== undefined) throw defect(graph, node, 'operands are made before they are used', unknown);
}

/**
 * Holds the recorded shapes and types of every node against those that follow from the operator's definition, before
 * the graph reaches a runtime. Sizes that are known only when the graph runs are not compared.
 * @throws INTERNAL naming the node
 */
export function checkGraph(graph: Graph): void {
  const nameOf = ({ name }: Value): string => name;
  const known = new Set([
    ...graph.inputs.map(nameOf),
    ...graph.constants.map(({ value }) => nameOf(value)),
    ...graph.initializers.map(({ value }) => nameOf(value)),
  ]);
  const contextOf = contexts(graph);
  for (const node of graph.nodes) {
    expectKnown(graph, node, known);
    expectInferred(graph, node, contextOf(node));
    node.outputs.forEach((name) => known.add(name));
  }
}
