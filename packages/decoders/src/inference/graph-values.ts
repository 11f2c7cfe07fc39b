import { Sim4SegError } from '@sim4seg/core';
import type { FloatArray, GraphValue } from '@sim4seg/core';

export function floatValue(data: Float32Array, shape: readonly number[]): GraphValue {
  return { data, shape, dtype: 'float32' };
}

/** A float output of a graph. @throws PROGRAM_INVALID when the graph has none of this name */
export function floatOutput(outputs: Readonly<Record<string, GraphValue>>, name: string): FloatArray {
  const value = outputs[name];
  if (value?.data instanceof Float32Array) return { data: value.data, shape: value.shape };
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `the graph gives a float32 output named ${name}`,
    got: value ? `an output of type ${value.dtype}` : `outputs ${Object.keys(outputs).join(', ')}`,
    fix: 'export the bundle again with this version',
  });
}

/** Joins arrays along their first axis. */
export function joinRows(parts: readonly FloatArray[]): FloatArray {
  const [first] = parts;
  if (parts.length === 1 && first) return first;
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  const data = new Float32Array(length);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  return { data, shape: [rows, ...(first?.shape.slice(1) ?? [])] };
}

/** The first `rows` rows, without a copy. */
export function firstRows({ data, shape }: FloatArray, rows: number): FloatArray {
  const rowLength = shape.slice(1).reduce((product, size) => product * size, 1);
  return { data: data.subarray(0, rows * rowLength), shape: [rows, ...shape.slice(1)] };
}
