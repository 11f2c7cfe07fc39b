import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError, isSim4SegError } from '@sim4seg/core';
import type { Dim, Program, Specs, Tensors, TensorSpec } from '../program.js';
import { sameShape } from '../kernel/shapes.js';
import { Graph } from './graph.js';
import type { ElementType, ExternalData, OutputSpec, Value } from './graph.js';
import { castTo } from './nodes.js';
import { encodeModel } from './onnx-model.js';
import { inputTensor, tensorOfValue, valueOfTensor, withTracing } from './trace-backend.js';
import type { TensorValue } from '../tensor-value.js';
import './tfjs-kernels.js';

export type Dims = Readonly<Record<string, number>>;

/** Where the parameters of a traced program come from: graph inputs, values in the model, or ranges of a file. */
export type ParamSource =
  | { readonly kind: 'inputs' }
  | { readonly kind: 'values'; readonly values: Readonly<Record<string, TensorValue>> }
  | { readonly kind: 'external'; readonly ranges: Readonly<Record<string, StoredRange>> };

/** A tensor in a weights file; half floats are widened by the graph. */
export interface StoredRange {
  readonly place: ExternalData;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

export interface TraceOptions {
  readonly dims: Dims;
  readonly params?: ParamSource;
}

export interface GraphPort extends OutputSpec {
  readonly name: string;
}

/** A recorded program as an ONNX model. Parameters that are inputs carry the prefix `param/`. */
export interface OnnxGraph {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly nodeCount: number;
}

export const PARAM_PREFIX = 'param/';

/** @throws PROGRAM_INVALID for a symbol without a size */
export function bindDims(where: string, dims: readonly Dim[], sizes: Dims): number[] {
  return dims.map((dim) => {
    const size = typeof dim === 'number' ? dim : sizes[dim];
    if (size !== undefined) return size;
    throw new Sim4SegError('PROGRAM_INVALID', {
      must: `every symbol of ${where} has a size`,
      got: `no size for '${dim}' among {${Object.keys(sizes).join(', ')}}`,
      fix: `pass it in dims: { ${dim}: ... }`,
    });
  });
}

export function bindSpec(where: string, spec: TensorSpec, sizes: Dims): OutputSpec {
  return { shape: bindDims(where, spec.dims, sizes), dtype: spec.dtype ?? 'float32' };
}

/** @throws SHAPE_MISMATCH where a program returned something else than it declared */
export function expectDeclared(where: string, tensor: Tensor | undefined, spec: OutputSpec): Tensor {
  if (tensor && sameShape(tensor.shape, spec.shape) && tensor.dtype === spec.dtype) return tensor;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${where} is ${spec.dtype}[${spec.shape.join(', ')}], as declared`,
    got: tensor ? `${tensor.dtype}[${tensor.shape.join(', ')}]` : 'nothing',
    fix: 'correct the program or its declaration',
  });
}

function expectStored<T extends { shape: readonly number[]; dtype: string }>(
  name: string,
  value: T | undefined,
  spec: OutputSpec,
): T {
  if (value && sameShape(value.shape, spec.shape)) return value;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `parameter ${name} is given as ${spec.dtype}[${spec.shape.join(', ')}]`,
    got: value ? `${value.dtype}[${value.shape.join(', ')}]` : 'nothing',
    fix: 'load the weights that belong to this program',
  });
}

function paramValue(graph: Graph, name: string, spec: OutputSpec, source: ParamSource): Value {
  const graphName = PARAM_PREFIX + name;
  if (source.kind === 'inputs') return graph.input(graphName, spec);
  if (source.kind === 'values') {
    const { data } = expectStored(name, source.values[name], spec);
    return graph.initializer(graphName, spec, { data });
  }
  const { place, shape, dtype } = expectStored(name, source.ranges[name], spec);
  return castTo(graph, graph.initializer(graphName, { shape, dtype }, { external: place }), spec.dtype);
}

function paramTensors(graph: Graph, program: Program, { dims, params }: TraceOptions): Tensors {
  const source = params ?? { kind: 'inputs' };
  const entries = Object.entries(program.params).map(([name, declared]) => {
    const spec = bindSpec(`${program.name}.params.${name}`, declared, dims);
    return [name, tensorOfValue(paramValue(graph, name, spec, source))] as const;
  });
  return Object.fromEntries(entries);
}

/** Graph inputs and the tensors that stand for them. */
export function inputTensors(graph: Graph, where: string, specs: Specs, dims: Dims): Tensors {
  const entries = Object.entries(specs).map(([name, declared]) => {
    return [name, inputTensor(graph, name, bindSpec(`${where}.${name}`, declared, dims))] as const;
  });
  return Object.fromEntries(entries);
}

/** Gives an error of tfjs or of the program's own code the form of ours, with the program's name. */
export function asTraceError(program: string, error: unknown): unknown {
  if (isSim4SegError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const kernel = /[Kk]ernel '(\w+)'/.exec(message)?.[1];
  if (!kernel) {
    const fix = 'run it with runEager first: the same error shows there with the line that throws';
    return new Sim4SegError('PROGRAM_INVALID', { must: `${program} runs`, got: message, fix, cause: error });
  }
  return new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `program ${program} uses operations that have a compiled form`,
    got: `the tfjs kernel ${kernel}`,
    fix: 'build the program from the ops of @sim4seg/compute, which all have one',
    cause: error,
  });
}

/** Names of outputs in the graph; an input of the same name keeps it, and the output gets a suffix. */
export function outputName(program: Program, name: string): string {
  return name in program.inputs ? `${name}:out` : name;
}

export function toOnnxGraph(graph: Graph): OnnxGraph {
  return {
    name: graph.name,
    model: encodeModel(graph),
    inputs: graph.inputs.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
    outputs: graph.outputs.map(({ name, value }) => ({ name, shape: value.shape, dtype: value.dtype })),
    nodeCount: graph.nodes.length,
  };
}

/**
 * Runs a program once on the tracing back end and returns what it recorded.
 * @throws PROGRAM_INVALID, SHAPE_MISMATCH for a wrong declaration
 * @throws TRACE_UNSUPPORTED for an operation without compiled form
 * @throws TRACE_READS_DATA where the program looks at numbers
 */
export function trace(program: Program, options: TraceOptions): OnnxGraph {
  const graph = new Graph(program.name);
  try {
    withTracing(graph, () => {
      const params = paramTensors(graph, program, options);
      const inputs = inputTensors(graph, program.name, program.inputs, options.dims);
      const outputs = program.run(params, inputs);
      for (const [name, declared] of Object.entries(program.outputs)) {
        const where = `${program.name}.outputs.${name}`;
        const tensor = expectDeclared(where, outputs[name], bindSpec(where, declared, options.dims));
        graph.output(outputName(program, name), valueOfTensor(tensor));
      }
    });
  } catch (error) {
    throw asTraceError(program.name, error);
  }
  return toOnnxGraph(graph);
}
