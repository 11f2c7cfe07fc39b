import { sizeOfDim, symbolsIn } from '@sim4seg/compute';
import type { Dims, Program, TensorSpec, TensorValue } from '@sim4seg/compute';

/** Symbols of a program's parameters and inputs; sizes that only outputs have follow from them. */
export function symbolsOf(program: Program): string[] {
  const specs: TensorSpec[] = [program.params, program.inputs].flatMap((group) => Object.values(group));
  return [...new Set(specs.flatMap((spec) => spec.dims.flatMap(symbolsIn)))];
}

/** Numbers in (-1, 1) that differ, whatever the seed. */
function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed) * 0.9);
}

function exampleValue(spec: TensorSpec, dims: Dims, seed: number): TensorValue {
  const shape = spec.dims.map((dim) => sizeOfDim(dim, dims) ?? 1);
  const length = shape.reduce((a, b) => a * b, 1);
  const dtype = spec.dtype ?? 'float32';
  if (dtype === 'bool') return { data: Uint8Array.from({ length }, (_, i) => (i + seed) % 2), shape, dtype };
  // Small enough to be a row of any table.
  if (dtype === 'int32') return { data: Int32Array.from({ length }, (_, i) => (i + seed) % 2), shape, dtype };
  return { data: noise(length, seed), shape, dtype: 'float32' };
}

/**
 * Values for every input of a program: noise for floats, 0 and 1 for ids and flags.
 * @param dims sizes of the program's symbols
 */
export function exampleInputs(program: Program, dims: Dims, seed = 1): Record<string, TensorValue> {
  const entries = Object.entries(program.inputs) as [string, TensorSpec][];
  return Object.fromEntries(entries.map(([name, spec], i) => [name, exampleValue(spec, dims, seed + i)]));
}
