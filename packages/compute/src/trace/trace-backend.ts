import { DataStorage, KernelBackend, engine, registerBackend } from '@tensorflow/tfjs-core';
import type { BackendValues, DataMover, DataType, Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import { Graph } from './graph.js';
import type { ConstantData, GraphType, OutputSpec, Value } from './graph.js';
import { expandTo, scalarValue } from './nodes.js';
import { atSource, calledFunction, withDeepStacks } from './source-line.js';
import { sizeOf } from '../kernel/shapes.js';
import { tfjsType } from '../kernel/tfjs-type.js';
import type { DType } from '../tensor-value.js';

/** Larger constants whose entries are all equal are written as a scalar that the graph expands. */
const EXPAND_FROM = 32;

interface Recorded {
  readonly value: Value;
  references: number;
}

function toConstantData(values: BackendValues, dtype: DataType): ConstantData {
  const numbers = values as ArrayLike<number>;
  if (dtype === 'int32') return Int32Array.from(numbers);
  if (dtype === 'bool') return Uint8Array.from(numbers);
  if (dtype === 'float32') return Float32Array.from(numbers);
  throw new Sim4SegError('TRACE_UNSUPPORTED', {
    must: 'constants in a compiled program are float32, int32 or bool',
    got: `a constant of type ${dtype}`,
    fix: 'cast it before it meets the program',
  });
}

/** Ends the names of the scopes of tfjs's own operations. */
const OP_SUFFIX = '__op';

/** The tfjs operation that is running, by its public name. */
function runningOp(): string {
  return engine().state.activeScope?.name?.replace(OP_SUFFIX, '') ?? 'an operation';
}

function readingError(): Sim4SegError {
  const stack = new Error('here').stack;
  return new Sim4SegError('TRACE_READS_DATA', {
    must: 'a program builds its outputs from tensors alone while it is traced',
    got: `tensor data was read by ${calledFunction(stack) ?? runningOp()}${atSource(stack)}`,
    fix: 'use ops instead of values: where() instead of if, masks instead of counts, an input instead of chance',
  });
}

/** Names of tfjs operations that draw numbers: a trace would bake one draw in for all runs. */
const CHANCE = /^(random|truncatedNormal|multinomial|dropout)/i;

function refuseChance(): void {
  const op = engine().state.activeScope?.name ?? '';
  // Scopes without the suffix are named by programs.
  if (!op.endsWith(OP_SUFFIX) || !CHANCE.test(op)) return;
  throw new Sim4SegError('TRACE_UNSUPPORTED', {
    must: 'a program is a pure function of its parameters and inputs',
    got: `chance: ${runningOp()}${atSource(new Error('here').stack)}, whose draw would be the same in every run`,
    fix: 'draw the numbers outside and pass them as an input',
  });
}

/**
 * A tfjs backend that computes nothing: a tensor's data id stands for a value of the graph that is being recorded.
 * Reference counts follow tfjs's own back ends, so that disposing works and nothing leaks.
 */
export class TraceBackend extends KernelBackend {
  readonly #recorded: DataStorage<Recorded>;
  graph = new Graph('none');
  /** The first attempt to read numbers; asynchronous ones cannot throw where they happen. */
  violation: Sim4SegError | undefined;

  constructor() {
    super();
    this.#recorded = new DataStorage<Recorded>(this, engine() as unknown as DataMover);
  }

  recordedValue(dataId: object): Value {
    return this.#recorded.get(dataId).value;
  }

  adopt(value: Value): { dataId: object; shape: number[]; dtype: DataType } {
    const dataId = {};
    this.#recorded.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: tfjsType(value.dtype as DType) };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, references: number): void {
    this.#recorded.set(dataId, { value: this.#constant(values, shape, dtype), references });
  }

  #constant(values: BackendValues, shape: number[], dtype: DataType): Value {
    refuseChance();
    const data = toConstantData(values, dtype);
    const element = dtype as GraphType;
    const first = data[0];
    const least = this.graph.options.symbolic ? 1 : EXPAND_FROM;
    if (sizeOf(shape) > least && data.every((x: number | bigint) => x === first)) {
      return expandTo(this.graph, scalarValue(this.graph, Number(first), element), shape);
    }
    return this.graph.constant(data, shape, element);
  }

  /** Never settles: a rejection that nobody awaits would end the process. The trace throws when it is over. */
  override read(): Promise<BackendValues> {
    this.violation ??= readingError();
    return new Promise(() => undefined);
  }

  override readSync(): BackendValues {
    throw (this.violation ??= readingError());
  }

  override incRef(dataId: object): void {
    this.#recorded.get(dataId).references += 1;
  }

  override refCount(dataId: object): number {
    return this.#recorded.has(dataId) ? this.#recorded.get(dataId).references : 0;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#recorded.has(dataId)) return true;
    const recorded = this.#recorded.get(dataId);
    recorded.references -= 1;
    if (!force && recorded.references > 0) return false;
    this.#recorded.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#recorded.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.graph = new Graph('none');
  }
}

export const TRACE_BACKEND = 'sim4seg-trace';

const traceBackend = new TraceBackend();
registerBackend(TRACE_BACKEND, () => traceBackend, 0);

/** The graph value behind a tensor of the running trace. */
export function valueOfTensor(tensor: Tensor): Value {
  return traceBackend.recordedValue(tensor.dataId);
}

/** A tensor that stands for a graph value; used for inputs and parameters. */
export function tensorOfValue(value: Value): Tensor {
  return engine().makeTensorFromTensorInfo(traceBackend.adopt(value));
}

/** A graph input together with the tensor that stands for it. */
export function inputTensor(graph: Graph, name: string, spec: OutputSpec): Tensor {
  return tensorOfValue(graph.input(name, spec));
}

/**
 * Runs `record` while every op appends to `graph`; the back end that was active before is active again afterwards.
 * Tensors made in between are freed.
 */
export function withTracing(graph: Graph, record: () => void): void {
  const before = engine().backendName;
  const { graph: outer, violation } = traceBackend;
  Object.assign(traceBackend, { graph, violation: undefined });
  switchBackend(TRACE_BACKEND);
  try {
    withDeepStacks(() => {
      engine().tidy(graph.name, () => {
        record();
      });
    });
    if (traceBackend.violation) throw traceBackend.violation;
  } finally {
    Object.assign(traceBackend, { graph: outer, violation });
    if (before) switchBackend(before);
  }
}

/** Synchronous, because the back end is registered with a synchronous factory or was initialised before. */
function switchBackend(name: string): void {
  void engine().setBackend(name);
}
