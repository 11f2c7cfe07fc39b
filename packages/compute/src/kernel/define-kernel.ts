import { enableProdMode, engine, registerGradient, registerKernel, tidy } from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import type { Graph, Value } from '../trace/graph.js';
import { TRACE_BACKEND } from '../trace/trace-backend.js';
import type { TraceBackend } from '../trace/trace-backend.js';
import { sameShape } from './shapes.js';

enableProdMode();

/** What a gradient sees: `dy` per output, and the tensors of the forward pass. */
export interface GradientContext<A> {
  readonly dy: Tensor;
  readonly dys: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: A;
}

/** Gradient by input position; null where an input has none. */
export type Gradients = readonly ((() => Tensor) | null)[];

/**
 * One operation in its three forms: eager (made of tfjs ops), recorded (ONNX nodes), and its gradient, which is
 * written in ops and therefore runs in both.
 */
export interface KernelDefinition<A extends object> {
  readonly name: string;
  eager(inputs: readonly Tensor[], attrs: A): Tensor | Tensor[];
  onnx(graph: Graph, inputs: readonly Value[], attrs: A): Value | readonly Value[];
  gradient?(context: GradientContext<A>): Gradients;
}

const PREFIX = 'Sim4Seg';
const MAX_OUTPUTS = 64;
const eagerBackends = new Set(['cpu', 'wasm']);
const definitions: KernelDefinition<object>[] = [];

let runs = 0;

/** How many kernels ran or were recorded so far; a compiled session must leave it as it is. */
export function kernelRuns(): number {
  return runs;
}

function registerEager(definition: KernelDefinition<object>, backendName: string): void {
  registerKernel({
    kernelName: PREFIX + definition.name,
    backendName,
    kernelFunc: ({ inputs, attrs }) => {
      runs += 1;
      return tidy(() => definition.eager(inputs as unknown as Tensor[], attrs ?? {}));
    },
  });
}

function registerTraced(definition: KernelDefinition<object>): void {
  registerTraceKernel(PREFIX + definition.name, (graph, inputs, attrs) => definition.onnx(graph, inputs, attrs));
}

/** Registers a recording form under a kernel name of tfjs or of our own. */
export function registerTraceKernel(
  kernelName: string,
  onnx: (graph: Graph, inputs: readonly Value[], attrs: object) => Value | readonly Value[],
): void {
  const kernelFunc: KernelConfig['kernelFunc'] = ({ inputs, attrs, backend }) => {
    runs += 1;
    const trace = backend as TraceBackend;
    // tfjs passes optional operands, such as a bias, as undefined.
    const given = Object.values(inputs as Record<string, TensorInfo | undefined>).filter((x) => x !== undefined);
    const values = given.map(({ dataId }) => trace.recordedValue(dataId));
    const result = onnx(trace.graph, values, attrs ?? {});
    return Array.isArray(result) ? result.map((value) => trace.adopt(value)) : trace.adopt(result as Value);
  };
  registerKernel({ kernelName, backendName: TRACE_BACKEND, kernelFunc });
}

function missingGradient(kernel: string, index: number): never {
  throw new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `operand ${index} of ${kernel} is not differentiated`,
    got: 'a loss that depends on a parameter through it',
    fix: 'wrap that operand in ops.stopGradient, or compute it from inputs',
  });
}

function checkGradient(kernel: string, x: Tensor, gradient: Tensor): Tensor {
  if (sameShape(x.shape, gradient.shape)) return gradient;
  throw new Sim4SegError('INTERNAL', {
    must: `the gradient of ${kernel} has its operand's shape [${x.shape.join(', ')}]`,
    got: `[${gradient.shape.join(', ')}]`,
    fix: 'report this defect',
  });
}

function registerBackward(definition: KernelDefinition<object>): void {
  registerGradient({
    kernelName: PREFIX + definition.name,
    saveAllInputs: true,
    outputsToSave: Array.from({ length: MAX_OUTPUTS }, () => true),
    gradFunc: (dy, saved, attrs) => {
      const { inputCount = 0 } = attrs as { inputCount?: number };
      const dys = Array.isArray(dy) ? dy : [dy];
      const [inputs, outputs] = [saved.slice(0, inputCount), saved.slice(inputCount)];
      const context = { dy: dys[0] as Tensor, dys: dys as Tensor[], inputs, outputs, attrs };
      const gradients = definition.gradient!(context);
      const named = inputs.map((x, i) => {
        const make = gradients[i] ?? (() => missingGradient(definition.name, i));
        return [String(i), () => checkGradient(definition.name, x, make())] as const;
      });
      return Object.fromEntries(named);
    },
  });
}

/** Makes the eager forms of all operations available on one more tfjs back end, such as webgpu or tensorflow. */
export function registerEagerBackend(backendName: string): void {
  if (eagerBackends.has(backendName)) return;
  eagerBackends.add(backendName);
  for (const definition of definitions) registerEager(definition, backendName);
}

/** Registers an operation and returns the function that runs it on the active back end. */
export function defineKernel<A extends object = object>(
  definition: KernelDefinition<A>,
): (inputs: readonly Tensor[], attrs: A) => Tensor[] {
  const general = definition as unknown as KernelDefinition<object>;
  definitions.push(general);
  for (const backendName of eagerBackends) registerEager(general, backendName);
  registerTraced(general);
  if (definition.gradient) registerBackward(general);
  const kernelName = PREFIX + definition.name;
  const run = (inputs: readonly Tensor[], attrs: A): Tensor[] => {
    const named = inputs as unknown as NamedTensorMap;
    const result: Tensor | Tensor[] = engine().runKernel(kernelName, named, { ...attrs, inputCount: inputs.length });
    return Array.isArray(result) ? result : [result];
  };
  return definition.gradient ? run : (inputs, attrs) => untaped(() => run(inputs, attrs));
}

/** Runs ops whose results are constants for every gradient. */
export function untaped<T>(run: () => T): T {
  const { state } = engine();
  const depth = state.gradientDepth;
  state.gradientDepth = 0;
  try {
    return run();
  } finally {
    state.gradientDepth = depth;
  }
}
