import { compile, runEager, toFloat32, toInt32, type Program, type Specs, type TensorValue } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import type { ReferenceCase, ReferenceTensors, Tolerance } from '@sim4seg/testing';
import type { Checker, Computed } from './checker.js';

export type Values = Readonly<Record<string, TensorValue>>;

/** A stored tensor as a program takes it: floats as float32, integers and booleans as int32. */
export function valueOf(io: ReferenceTensors, name: string): TensorValue {
  const tensor = io.take(name);
  const isFloat = /^b?float/.test(tensor.dtype);
  if (isFloat) return { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' };
  return { data: toInt32(tensor), shape: tensor.shape, dtype: 'int32' };
}

/** The case's weights under the parameter names of a program, found by name or by official key. */
export function paramsOf(program: Program, weights: ReferenceCase['weights']): Values {
  const entries = Object.entries(program.params).map(([name, spec]) => {
    const found = weights[spec.key ?? name] ?? weights[name];
    if (!found) throw missingWeight(program.name, spec.key ?? name);
    return [name, { data: toFloat32(found), shape: found.shape, dtype: 'float32' }] as const;
  });
  return Object.fromEntries(entries);
}

function missingWeight(program: string, key: string): Sim4SegError {
  const must = `The case must hold the weight "${key}" of ${program}`;
  return new Sim4SegError('WEIGHTS_INVALID', {
    must,
    got: 'none of this name',
    fix: 'compare names with the key table',
  });
}

/** Outputs of one engine. */
export interface EngineRun {
  readonly engine: 'eager' | 'compiled';
  readonly outputs: Values;
}

/** Runs a program eagerly and compiled; both are held to the same values. */
export async function runOnBoth(program: Program, params: Values, inputs: Values): Promise<readonly EngineRun[]> {
  const eager = await runEager(program, params, inputs);
  const dims = { ...symbolsOf(program.params, params), ...symbolsOf(program.inputs, inputs) };
  await using session = await compile(program, { dims, target: 'cpu', weights: params });
  return [
    { engine: 'eager', outputs: eager },
    { engine: 'compiled', outputs: await session.run(inputs) },
  ];
}

function symbolsOf(specs: Specs, values: Values): Record<string, number> {
  const sizes = Object.entries(specs).flatMap(([name, { dims }]) =>
    dims.map((dim, axis) => [String(dim), values[name]?.shape[axis] ?? 0] as const),
  );
  return Object.fromEntries(sizes.filter(([dim]) => Number.isNaN(Number(dim))));
}

/** How outputs are compared: the case's own tolerance and the values as they are, if left out. */
export interface CompareOptions {
  readonly tolerance?: Tolerance;
  readonly adapt?: (value: TensorValue) => Computed;
}

/** Compares outputs of a program with stored tensors, `names` from output to tensor, on both engines. */
export async function checkProgram(
  check: Checker,
  { program, params, inputs }: { readonly program: Program; readonly params: Values; readonly inputs: Values },
  names: Readonly<Record<string, string>>,
  { tolerance = check.tolerance, adapt = (value) => value }: CompareOptions = {},
): Promise<void> {
  for (const { engine, outputs } of await runOnBoth(program, params, inputs))
    for (const [output, name] of Object.entries(names))
      check.close(name, { ...adapt(outputs[output] as TensorValue), engine }, tolerance);
}
