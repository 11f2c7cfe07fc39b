import type { Graph, Value } from '../graph.js';
import { binary, emit, matMulOf, unary } from '../nodes.js';
import { mustRecord, rule } from './rule.js';

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface FusedAttrs extends MatMulAttrs {
  readonly activation?: string;
}

const ACTIVATIONS: Readonly<Record<string, string>> = { relu: 'Relu', sigmoid: 'Sigmoid', elu: 'Elu' };

function activated(graph: Graph, kernel: string, x: Value, activation = 'linear'): Value {
  if (activation === 'linear') return x;
  const op = ACTIVATIONS[activation];
  mustRecord(op !== undefined, kernel, `activation '${activation}'`);
  return unary(graph, op, x);
}

rule<MatMulAttrs>('BatchMatMul', (graph, [a, b], attrs) => matMulOf(graph, a!, b!, attrs));
rule<FusedAttrs>('_FusedMatMul', (graph, [a, b, bias], attrs) => {
  const product = matMulOf(graph, a!, b!, attrs);
  return activated(graph, '_FusedMatMul', bias ? binary(graph, 'Add', product, bias) : product, attrs.activation);
});

function einsumShape(equation: string, inputs: readonly Value[]): number[] {
  const [from, to] = equation.replace(/\s/g, '').split('->') as [string, string];
  const sizes = new Map<string, number>();
  from
    .split(',')
    .forEach((letters, i) => [...letters].forEach((letter, axis) => sizes.set(letter, inputs[i]!.shape[axis]!)));
  return [...to].map((letter) => sizes.get(letter)!);
}

rule<{ equation: string }>('Einsum', (graph, inputs, { equation }) => {
  const output = { shape: einsumShape(equation, inputs), dtype: inputs[0]!.dtype };
  return emit(graph, 'Einsum', inputs, output, { equation: equation.replace(/\s/g, '') });
});
