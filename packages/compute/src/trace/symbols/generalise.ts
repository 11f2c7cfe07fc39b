import { Graph } from '../graph.js';
import type { GraphConstant, GraphNode, Value } from '../graph.js';
import type { Dim } from '../../program.js';
import { formatExpression } from './expression.js';
import { constantMoved, fitSizes, recordMoved } from './moved-constants.js';
import type { BakedNumber, Sample } from './samples.js';
import { SizeNodes } from './size-nodes.js';
import type { Size, SymbolSource } from './size-nodes.js';

type Fail = (baked: BakedNumber) => never;

/** Turns traces that differ in their sizes alone into one graph in which the sizes are free. */
class Generaliser {
  readonly #graph: Graph;
  readonly #base: Graph;
  readonly #sizes: readonly (readonly number[])[];
  readonly #nodes: SizeNodes;
  readonly #moved = new Map<string, readonly GraphConstant[]>();
  readonly #replaced = new Map<string, Value>();

  constructor(
    private readonly symbols: readonly string[],
    private readonly samples: readonly Sample[],
    private readonly fail: Fail,
  ) {
    this.#base = samples[0]!.graph;
    this.#sizes = samples.map(({ sizes }) => sizes);
    this.#graph = new Graph(this.#base.name, { prefix: 'size.' });
    for (const input of this.#base.inputs) this.#graph.inputs.push(this.#withDims(input));
    this.#graph.initializers.push(...this.#base.initializers);
    this.#nodes = new SizeNodes(this.#graph, symbols, this.#sources());
  }

  build(): Graph {
    this.#base.nodes.forEach((node, i) => this.#expectSame(node, i));
    this.#sortConstants();
    for (const node of this.#base.nodes) this.#adopt(node);
    for (const { name, value } of this.#base.outputs) {
      this.#graph.output(name, this.#withDims(this.#constantOutput(value)));
    }
    return this.#graph;
  }

  #shapes(value: Value): readonly (readonly number[])[] {
    return this.samples.map(({ graph }) => graph.values.get(value.name)?.shape ?? value.shape);
  }

  #withDims(value: Value): Value {
    const dims = fitSizes(this.#shapes(value), this.#sizes);
    if (!dims) return this.fail({ value: value.name, op: 'Identity', what: 'the shape of an output' });
    const text = (size: Size): Dim => (typeof size === 'number' ? size : formatExpression(size, this.symbols));
    return { ...value, dims: dims.map(text) };
  }

  #sources(): SymbolSource[] {
    return this.symbols.map((symbol) => {
      const input = this.#graph.inputs.find(({ dims }) => dims!.includes(symbol))!;
      return { input, axis: input.dims!.indexOf(symbol) };
    });
  }

  #expectSame(node: GraphNode, index: number): void {
    for (const { graph } of this.samples) {
      const other = graph.nodes[index];
      const value = node.outputs[0]!;
      const here = [node.op, node.domain, ...node.inputs, '', ...node.outputs].join();
      const there = other && [other.op, other.domain, ...other.inputs, '', ...other.outputs].join();
      const what = 'a choice of operations';
      if (here !== there || graph.nodes.length !== this.#base.nodes.length) this.fail({ value, op: node.op, what });
      const [mine, theirs] = [node, other!].map(({ attributes }) => JSON.stringify(attributes));
      if (mine !== theirs) this.fail({ value, op: node.op, what: `an attribute (${mine} or ${theirs})` });
    }
  }

  /** Constants that all traces share are kept; the others are made when the graph runs. */
  #sortConstants(): void {
    const others = this.samples.map(({ graph }) => new Map(graph.constants.map((c) => [c.value.name, c])));
    for (const constant of this.#base.constants) {
      const { name } = constant.value;
      const recorded = others.map((constants) => constants.get(name)!);
      if (recorded.includes(undefined!))
        this.fail({ value: name, op: 'Constant', what: 'a constant that only some sizes need' });
      if (constantMoved(recorded)) this.#moved.set(name, recorded);
      else this.#graph.adoptConstant(constant);
    }
  }

  #adopt(node: GraphNode): void {
    const target = node.op === 'Reshape' ? this.#moved.get(node.inputs[1]!) : undefined;
    const inputs = node.inputs.map((name, i) => {
      if (target && i === 1) return this.#reshapeTarget(node, target).name;
      return this.#moved.has(name) ? this.#replacement(name, node.op).name : name;
    });
    const values = node.outputs.map((name) => this.#base.values.get(name)!);
    this.#graph.adoptNode({ ...node, inputs }, values);
  }

  #constantOutput(value: Value): Value {
    return this.#moved.has(value.name) ? { ...this.#replacement(value.name, 'Identity'), shape: value.shape } : value;
  }

  #replacement(name: string, op: string): Value {
    const known = this.#replaced.get(name);
    if (known) return known;
    const recorded = this.#moved.get(name)!;
    const context = { graph: this.#graph, nodes: this.#nodes, samples: this.#sizes };
    const value = recordMoved(context, recorded);
    const what = `the constant ${recorded.map(describeConstant).slice(0, 2).join(' or ')}`;
    if (!value) return this.fail({ value: name, op, what });
    this.#replaced.set(name, value);
    return value;
  }

  /** One unknown axis is left to the runtime as -1, and axes that stay as they are, as 0: no sizes are computed. */
  #reshapeTarget(node: GraphNode, recorded: readonly GraphConstant[]): Value {
    const targets = recorded.map(({ data }) => Array.from(data as ArrayLike<bigint>, Number));
    const sizes = fitSizes(targets, this.#sizes);
    if (!sizes) return this.#replacement(node.inputs[1]!, node.op);
    const shapes = this.samples.map(({ graph }) => graph.values.get(node.inputs[0]!)!.shape);
    const kept = sizes.map((_, axis) => shapes.every((shape, i) => shape[axis] === targets[i]![axis]));
    const free = sizes.flatMap((size, axis) => (typeof size === 'number' || kept[axis] ? [] : [axis]));
    const inferred = free[0] ?? -1;
    return this.#nodes.vector(
      sizes.map((size, axis) => {
        if (typeof size === 'number') return size;
        if (axis === inferred) return -1;
        return kept[axis] ? 0 : size;
      }),
    );
  }
}

function describeConstant({ value, data }: GraphConstant): string {
  const numbers = Array.from(data as ArrayLike<number | bigint>).slice(0, 4).join(', '); // prettier-ignore
  return `${value.dtype}[${value.shape.join(', ')}] {${numbers}${data.length > 4 ? ', ...' : ''}}`;
}

/**
 * One graph for all sizes. Numbers that differ between the traces become expressions of the inputs' shapes.
 * @param fail told of the first number that follows no such expression
 */
export function generalise(symbols: readonly string[], samples: readonly Sample[], fail: Fail): Graph {
  return new Generaliser(symbols, samples, fail).build();
}
