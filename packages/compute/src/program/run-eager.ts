import { clone, engine, keep, tensor as tfTensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import type { Program, Specs, Tensors } from '../program.js';
import { isComputed } from '../dim-size.js';
import { registerEagerBackend, untaped } from '../kernel/define-kernel.js';
import { tfjsType } from '../kernel/tfjs-type.js';
import { expectTaps, TAP_PREFIX, tapMatcher, withTaps } from '../kernel/taps.js';
import type { TensorData, TensorValue } from '../tensor-value.js';
import { bindSpec, declaredOutput, expectDeclared } from '../trace/trace.js';
import type { Dims } from '../trace/trace.js';
import type { TensorValues } from './compile.js';
import { expectForm, expectNoOthers, expectValue } from './inputs.js';
import { loadBackend } from './load-backend.js';

export interface EagerOptions {
  /** A tfjs back end: 'cpu' (default), 'wasm' and 'webgpu' are loaded here; others must be registered by the caller. */
  readonly backend?: string;
  /** Browsers: address of the folder with the `.wasm` files of the wasm back end; beside the page's script if left out. */
  readonly wasmFiles?: string | undefined;
  /** Names of tapped values that are returned as `tap/<name>`; `*` stands for any characters. */
  readonly taps?: readonly string[];
}

/** Loads and activates a tfjs back end. @throws ENGINE_MISSING */
export async function activateBackend(name: string, wasmFiles?: string): Promise<void> {
  await loadBackend(name, wasmFiles);
  registerEagerBackend(name);
  const known = engine().registryFactory[name] !== undefined;
  if (known && (await engine().setBackend(name))) return;
  throw new Sim4SegError('ENGINE_MISSING', {
    must: `the tfjs back end '${name}' is registered`,
    got: `only ${Object.keys(engine().registryFactory).join(', ')}`,
    fix: `import the package that registers '${name}' first, or use 'cpu'`,
  });
}

/** Sizes of all symbols, read off the values. @throws SHAPE_MISMATCH, also where one symbol has two sizes */
function inferDims(where: string, specs: Specs, values: TensorValues, dims: Record<string, number>): void {
  for (const [name, spec] of Object.entries(specs)) {
    const shape = expectForm(`${where}.${name}`, values[name], spec).shape;
    spec.dims.forEach((dim, i) => {
      if (typeof dim !== 'string' || isComputed(dim)) return;
      const known = (dims[dim] ??= shape[i]!);
      if (known === shape[i]) return;
      throw new Sim4SegError('SHAPE_MISMATCH', {
        must: `'${dim}' has one size in ${where}`,
        got: `${known} and ${shape[i]} (axis ${i} of ${name})`,
        fix: 'pass tensors whose shapes agree',
      });
    });
  }
}

function toTensors(where: string, specs: Specs, values: TensorValues, dims: Dims): Tensors {
  const entries = Object.entries(specs).map(([name, declared]) => {
    const spec = bindSpec(`${where}.${name}`, declared, dims);
    const { data, shape, dtype } = expectValue(`${where}.${name}`, values[name], spec);
    return [name, tfTensor(data.slice(), [...shape], tfjsType(dtype))] as const;
  });
  return Object.fromEntries(entries);
}

async function toTensorValue(tensor: Tensor): Promise<TensorValue> {
  const data = (await tensor.data()) as TensorData;
  return { data: data.slice(), shape: [...tensor.shape], dtype: tensor.dtype as TensorValue['dtype'] };
}

/** Copies of the tapped values that are asked for, which outlive the run. */
function tapCollector(asked: readonly string[]): {
  readonly taken: Tensors;
  take(name: string, x: Tensor): void;
  expectAll(program: string): void;
} {
  const matchers = asked.map(tapMatcher);
  const known: string[] = [];
  const taken: Tensors = {};
  const take = (name: string, x: Tensor): void => {
    known.push(name);
    if (matchers.some((matches) => matches(name))) taken[TAP_PREFIX + name] = keep(untaped(() => clone(x)));
  };
  return { taken, take, expectAll: (program) => expectTaps(program, asked, known) };
}

function runOnce(program: Program, params: TensorValues, inputs: TensorValues, asked: readonly string[]): Tensors {
  const dims: Record<string, number> = {};
  expectNoOthers(program.name, inputs, Object.keys(program.inputs));
  inferDims(`${program.name}.params`, program.params, params, dims);
  inferDims(`${program.name}.inputs`, program.inputs, inputs, dims);
  const taps = tapCollector(asked);
  const outputs = tidy(() => {
    const p = toTensors(`${program.name}.params`, program.params, params, dims);
    const x = toTensors(`${program.name}.inputs`, program.inputs, inputs, dims);
    const results = withTaps(taps.take, () => program.run(p, x));
    const entries = Object.entries(program.outputs).map(([name, declared]) => {
      const where = `${program.name}.outputs.${name}`;
      return [
        name,
        expectDeclared(where, results[name], declaredOutput(where, declared, results[name], dims)),
      ] as const;
    });
    return Object.fromEntries(entries);
  });
  taps.expectAll(program.name);
  return { ...outputs, ...taps.taken };
}

/**
 * Runs a program operation by operation on a tfjs back end. Symbols take their sizes from the values.
 * @throws SHAPE_MISMATCH, PROGRAM_INVALID; ENGINE_MISSING for an unknown back end
 */
export async function runEager<O extends string>(
  program: Program<string, string, O>,
  params: TensorValues,
  inputs: TensorValues,
  options: EagerOptions = {},
): Promise<Record<O, TensorValue>> {
  await activateBackend(options.backend ?? 'cpu', options.wasmFiles);
  const outputs = runOnce(program, params, inputs, options.taps ?? []);
  const entries = await Promise.all(
    Object.entries(outputs).map(async ([name, tensor]) => [name, await toTensorValue(tensor)] as const),
  );
  for (const tensor of Object.values(outputs)) tensor.dispose();
  return Object.fromEntries(entries) as Record<O, TensorValue>;
}
