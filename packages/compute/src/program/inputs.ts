import { Sim4SegError } from '@sim4seg/core';
import { sameShape, sizeOf } from '../kernel/shapes.js';
import type { Dim } from '../program.js';
import type { OutputSpec } from '../trace/graph.js';
import type { TensorValue } from '../tensor-value.js';

interface Form {
  readonly dims: readonly Dim[];
  readonly dtype?: string;
}

const described = ({ data, shape, dtype }: TensorValue): string =>
  `${dtype}[${shape.join(', ')}] with ${data.length} elements`;

/**
 * Checks everything about a caller's tensor that its declaration says without the sizes of symbols.
 * @throws SHAPE_MISMATCH
 */
export function expectForm(
  where: string,
  value: TensorValue | undefined,
  { dims, dtype = 'float32' }: Form,
): TensorValue {
  const fits = (dim: Dim, axis: number): boolean => typeof dim === 'string' || dim === value?.shape[axis];
  if (value?.dtype === dtype && value.shape.length === dims.length && dims.every(fits)) return value;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${where} is ${dtype}[${dims.join(', ')}]`,
    got: value ? described(value) : 'nothing',
    fix: 'pass data, shape and dtype as the program declares them',
  });
}

/**
 * Checks that a caller's tensor fits its declaration.
 * @throws SHAPE_MISMATCH
 */
export function expectValue(where: string, value: TensorValue | undefined, spec: OutputSpec): TensorValue {
  const fits = value && value.dtype === spec.dtype && sameShape(value.shape, spec.shape);
  if (fits && value.data.length === sizeOf(spec.shape)) return value;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${where} is ${spec.dtype}[${spec.shape.join(', ')}] with ${sizeOf(spec.shape)} elements`,
    got: value ? described(value) : 'nothing',
    fix: 'pass data, shape and dtype as the program declares them',
  });
}

/**
 * Refuses tensors that nobody declared: a misspelt name would otherwise be ignored, and the right one be missing.
 * @throws SHAPE_MISMATCH
 */
export function expectNoOthers(where: string, values: object, declared: readonly string[]): void {
  const unexpected = Object.keys(values).filter((name) => !declared.includes(name));
  if (unexpected.length === 0) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${where} takes ${declared.join(', ') || 'no inputs'}`,
    got: `also ${unexpected.join(', ')}`,
    fix: 'leave out what the program does not declare, or correct the name',
  });
}
