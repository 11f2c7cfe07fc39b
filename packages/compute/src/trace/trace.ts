import type { Tensor } from '@tensorflow/tfjs-core';
import { isSim4SegError, Sim4SegError } from '@sim4seg/core';
import type { Dim, Program, Specs, Tensors, TensorSpec } from '../program.js';
import { isComputed, sizeOfDim, symbolsIn } from '../dim-size.js';
import { sameShape } from '../kernel/shapes.js';
import { expectTaps, TAP_PREFIX, tapMatcher, withTaps } from '../kernel/taps.js';
import { checkGraph } from './check/check-graph.js';
import { Graph } from './graph.js';
import type { GraphType, ExternalData, OutputSpec, Value } from './graph.js';
import { castTo } from './nodes.js';
import { encodeModel } from './onnx-model.js';
import { removeDead } from './remove-dead.js';
import { expectKnownSymbols, freeSymbols, storedDims, wholeDims } from './symbols/free-symbols.js';
import { recordSymbolic } from './symbols/record-symbolic.js';
import { inputTensor, tensorOfValue, valueOfTensor, withTracing } from './trace-backend.js';
import { asTraceError } from './trace-error.js';
import type { TensorValue } from '../tensor-value.js';
import './tfjs/index.js';

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
  readonly dtype: GraphType;
}

export interface TraceOptions {
  /** Sizes of symbols; those that are not named stay free. */
  readonly dims: Dims;
  readonly params?: ParamSource;
  /** Names of intermediate values that become outputs; `*` stands for any characters. */
  readonly taps?: readonly string[];
}

export interface GraphPort extends OutputSpec {
  readonly name: string;
  /** Sizes, symbols and expressions of symbols; in `shape` an axis whose size is free is -1. */
  readonly dims: readonly Dim[];
}

/** A recorded program as an ONNX model. Parameters that are inputs carry the prefix `param/`. */
export interface OnnxGraph {
  readonly name: string;
  readonly model: Uint8Array;
  readonly inputs: readonly GraphPort[];
  readonly outputs: readonly GraphPort[];
  readonly nodeCount: number;
  /** The symbols that stayed free, each with the number that its size has to be a multiple of. */
  readonly symbols: Readonly<Record<string, number>>;
}

export const PARAM_PREFIX = 'param/';

/** @throws PROGRAM_INVALID for a symbol without a size */
export function bindDims(where: string, dims: readonly Dim[], sizes: Dims): number[] {
  return dims.map((dim) => {
    const size = sizeOfDim(dim, sizes);
    if (size !== undefined) return size;
    throw new Sim4SegError('PROGRAM_INVALID', {
      must: `every symbol of ${where} has a size`,
      got: `no size for '${dim}' among {${Object.keys(sizes).join(', ')}}`,
      fix: `pass it in dims: { ${symbolsIn(dim).join(': ..., ')}: ... }`,
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

/** Names of outputs in the graph; an input of the same name keeps it, and the output gets a suffix. */
export function outputName(program: Program, name: string): string {
  return name in program.inputs ? `${name}:out` : name;
}

function toPort(name: string, { shape, dtype, dims }: Value): GraphPort {
  const sizes = dims?.map((dim) => (typeof dim === 'number' ? dim : -1));
  return { name, shape: sizes ?? shape, dtype, dims: dims ?? shape };
}

/**
 * Checks a recording and encodes it.
 * @param symbols the free ones of a recording with free sizes, whose samples were checked one by one
 * @throws INTERNAL where a recorded shape is not the one that follows from the operator
 */
export function toOnnxGraph(graph: Graph, symbols: Readonly<Record<string, number>> = {}): OnnxGraph {
  removeDead(graph);
  if (Object.keys(symbols).length === 0) checkGraph(graph);
  return {
    name: graph.name,
    model: encodeModel(graph),
    inputs: graph.inputs.map((value) => toPort(value.name, value)),
    outputs: graph.outputs.map(({ name, value }) => toPort(name, value)),
    nodeCount: graph.nodes.length,
    symbols,
  };
}

/** The declared shape of an output; a symbol that no input has takes its size from the tensor. */
export function declaredOutput(where: string, spec: TensorSpec, tensor: Tensor | undefined, dims: Dims): OutputSpec {
  const own = spec.dims.flatMap((dim, i) => {
    const size = tensor?.shape[i];
    const isOwn = typeof dim === 'string' && !isComputed(dim) && dims[dim] === undefined;
    return isOwn && size !== undefined ? [[dim, size] as const] : [];
  });
  return bindSpec(where, spec, { ...Object.fromEntries(own), ...dims });
}

function recordTaps(graph: Graph, program: string, asked: readonly string[], values: ReadonlyMap<string, Value>): void {
  expectTaps(program, asked, [...values.keys()]);
  const matchers = asked.map(tapMatcher);
  for (const [name, value] of values) {
    if (matchers.some((matches) => matches(name))) graph.output(TAP_PREFIX + name, value);
  }
}

/** Errors from inside the program carry its line. */
function runForTrace(program: Program, params: Tensors, inputs: Tensors): Tensors {
  try {
    return program.run(params, inputs);
  } catch (error) {
    throw asTraceError(program.name, error);
  }
}

function recordProgram(graph: Graph, program: Program, options: TraceOptions): void {
  const taps = new Map<string, Value>();
  const collect = (name: string, x: Tensor): void => void taps.set(name, valueOfTensor(x));
  try {
    withTracing(graph, () => {
      const params = paramTensors(graph, program, options);
      const inputs = inputTensors(graph, program.name, program.inputs, options.dims);
      const outputs = withTaps(collect, () => runForTrace(program, params, inputs));
      expectSync(program.name, outputs);
      for (const [name, declared] of Object.entries(program.outputs)) {
        const where = `${program.name}.outputs.${name}`;
        const spec = declaredOutput(where, declared, outputs[name], options.dims);
        graph.output(outputName(program, name), valueOfTensor(expectDeclared(where, outputs[name], spec)));
      }
    });
  } catch (error) {
    throw isSim4SegError(error) ? error : asTraceError(program.name, error);
  }
  recordTaps(graph, program.name, options.taps ?? [], taps);
}

function expectSync(program: string, outputs: unknown): void {
  if (typeof (outputs as { then?: unknown } | undefined)?.then !== 'function') return;
  throw new Sim4SegError('TRACE_READS_DATA', {
    must: `run of program ${program} returns tensors`,
    got: 'a promise: it awaits something',
    fix: 'leave async and await out; data(), array(), whereAsync() and booleanMaskAsync() read numbers, which are not there yet',
  });
}

/**
 * Runs a program once on the tracing back end and returns what it recorded. With free symbols it runs several times,
 * so that no size is baked in.
 * @throws PROGRAM_INVALID, SHAPE_MISMATCH for a wrong declaration
 * @throws TRACE_UNSUPPORTED for an operation without compiled form, or one that fits a single size only
 * @throws TRACE_READS_DATA where the program looks at numbers
 */
export function trace(program: Program, given: TraceOptions): OnnxGraph {
  expectKnownSymbols(program, given.dims);
  const options = { ...given, dims: { ...storedDims(program, given.params), ...given.dims } };
  const free = freeSymbols(program, options);
  if (free.length === 0) {
    const graph = new Graph(program.name);
    recordProgram(graph, program, options);
    return toOnnxGraph(graph);
  }
  const { graph, multiples } = recordSymbolic({
    name: program.name,
    free,
    taken: new Set([...wholeDims(program.params, program.inputs, program.outputs), ...Object.values(options.dims)]),
    record: (into, sizes) => recordProgram(into, program, { ...options, dims: { ...options.dims, ...sizes } }),
  });
  return toOnnxGraph(graph, multiples);
}
