import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Graph } from '../graph.js';
import type { Attributes, OutputSpec } from '../graph.js';
import { indexVector } from '../nodes.js';
import { checkGraph, INFERENCE_RULES } from './check-graph.js';

const float = (...shape: number[]): OutputSpec => ({ shape, dtype: 'float32' });

interface Case {
  readonly inputs: readonly OutputSpec[];
  readonly vectors?: readonly (readonly number[])[];
  readonly attributes?: Attributes;
  readonly right: OutputSpec;
}

function recorded(op: string, { inputs, vectors = [], attributes = {}, right }: Case, output = right): Graph {
  const graph = new Graph('checked');
  const operands = inputs.map((spec, i) => graph.input(`x${i}`, spec));
  const constants = vectors.map((numbers) => indexVector(graph, numbers));
  const [y] = graph.node(op, [...operands, ...constants], [output], attributes);
  graph.output('y', y!);
  return graph;
}

const CASES: Readonly<Record<string, Case>> = {
  Add: { inputs: [float(3, 1), float(4)], right: float(3, 4) },
  Greater: { inputs: [float(2), float(2)], right: { shape: [2], dtype: 'bool' } },
  Cast: { inputs: [float(2)], attributes: { to: 6 }, right: { shape: [2], dtype: 'int32' } },
  Concat: { inputs: [float(2, 3), float(2, 1)], attributes: { axis: 1 }, right: float(2, 4) },
  Conv: {
    inputs: [float(1, 3, 9, 8), float(6, 3, 3, 3)],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    right: float(1, 6, 5, 4),
  },
  ConvTranspose: {
    inputs: [float(1, 6, 5, 4), float(6, 3, 3, 3)],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [0, 1] },
    right: float(1, 3, 9, 8),
  },
  Einsum: { inputs: [float(2, 3), float(4, 3)], attributes: { equation: 'ij,kj->ki' }, right: float(4, 2) },
  Expand: { inputs: [float(3, 1)], vectors: [[2, 1, 5]], right: float(2, 3, 5) },
  FusedMatMul: { inputs: [float(2, 4, 3), float(2, 4, 5)], attributes: { transA: 1 }, right: float(2, 3, 5) },
  Gather: { inputs: [float(5, 4), { shape: [2, 3], dtype: 'int32' }], attributes: { axis: 0 }, right: float(2, 3, 4) },
  Gemm: { inputs: [float(2, 3), float(4, 3), float(4)], attributes: { transB: 1 }, right: float(2, 4) },
  MaxPool: { inputs: [float(1, 2, 5, 6)], attributes: { kernel_shape: [2, 3] }, right: float(1, 2, 4, 4) },
  Pad: { inputs: [float(2, 3)], vectors: [[1, 0, 0, 2]], right: float(3, 5) },
  ReduceSum: { inputs: [float(2, 3, 4)], vectors: [[0, 2]], attributes: { keepdims: 0 }, right: float(3) },
  Reshape: { inputs: [float(2, 3, 4)], vectors: [[0, -1]], right: float(2, 12) },
  Slice: { inputs: [float(7)], vectors: [[-1], [-99], [0], [-2]], right: float(4) },
  Transpose: { inputs: [float(2, 3, 4)], attributes: { perm: [2, 0, 1] }, right: float(4, 2, 3) },
};

describe('the graph check', () => {
  it.each(Object.entries(CASES))('%s: accepts its result and refuses another shape or type', (op, example) => {
    expect(() => checkGraph(recorded(op, example))).not.toThrow();
    const { shape, dtype } = example.right;
    const wrong = [
      { shape: [...shape, 1], dtype },
      { shape: shape.map((n) => n + 1), dtype },
      { shape, dtype: dtype === 'int64' ? ('int32' as const) : ('int64' as const) },
    ];
    for (const output of wrong) {
      const error = expect.objectContaining({ code: 'INTERNAL', must: expect.stringContaining(`node ${op} (`) });
      expect(() => checkGraph(recorded(op, example, output))).toThrow(error);
    }
  });

  it('refuses operands that do not fit, whatever was recorded', () => {
    const refused = (op: string, inputs: OutputSpec[], right: OutputSpec, attributes: Attributes = {}): void =>
      expect(() => checkGraph(recorded(op, { inputs, right, attributes }))).toThrow(/checked/);
    refused('Add', [float(3), float(4)], float(4));
    refused('Add', [float(3), { shape: [3], dtype: 'int32' }], float(3));
    refused('MatMul', [float(2, 3), float(4, 5)], float(2, 5));
    refused('Conv', [float(1, 4, 8, 8), float(6, 3, 3, 3)], float(1, 6, 6, 6));
    refused('Transpose', [float(2, 3)], float(3, 2), { perm: [1, 1] });
  });

  it('refuses a node that comes before its operand', () => {
    const graph = recorded('Add', CASES['Add']!);
    graph.nodes.unshift({ op: 'Neg', domain: '', inputs: ['later'], outputs: ['z'], attributes: {} });
    expect(() => checkGraph(graph)).toThrow(/later/);
  });

  it('knows every operator that is recorded', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /^(ops|train|trace)\/.*\.ts$/.test(file) && !file.endsWith('.test.ts'));
    const calls =
      /\b(?:emit|unary|binary|compare|reduce|node)\(\s*(?:(?:graph|into|this\.graph),\s*)?'(\w+)'|onnx: '(\w+)'/g;
    const ops = sources.flatMap((file) => {
      return [...readFileSync(root + file, 'utf8').matchAll(calls)].map(([, op, short]) => op ?? short!);
    });
    expect(ops.length).toBeGreaterThan(50);
    expect([...new Set(ops)].filter((op) => !(op in INFERENCE_RULES))).toEqual([]);
  });
});
