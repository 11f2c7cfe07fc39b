import { toFloat32, toInt32, type Program, type TensorValue } from '@sim4seg/compute';
import { Sim4SegError } from '@sim4seg/core';
import type { ReferenceCase, ReferenceTensors, Tolerance } from '@sim4seg/testing';
import type { Checker, Computed } from './checker.js';
import type { Engine, Values } from './engines.js';

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

/** How outputs are compared: the case's own tolerance and the values as they are, if left out. */
export interface CompareOptions {
  readonly tolerance?: Tolerance;
  readonly adapt?: (value: TensorValue) => Computed;
}

/** Compares outputs of a program with stored tensors, `names` from output to tensor, on every engine. */
export async function checkProgram(
  { check, engines }: { readonly check: Checker; readonly engines: readonly Engine[] },
  { program, params, inputs }: { readonly program: Program; readonly params: Values; readonly inputs: Values },
  names: Readonly<Record<string, string>>,
  { tolerance = check.tolerance, adapt = (value) => value }: CompareOptions = {},
): Promise<void> {
  for (const engine of engines) {
    const outputs = await engine.run(program, params, inputs);
    for (const [output, name] of Object.entries(names))
      check.close(name, { ...adapt(outputs[output] as TensorValue), engine: engine.name }, tolerance);
  }
}
