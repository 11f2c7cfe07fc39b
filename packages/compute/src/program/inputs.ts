import { Sim4SegError } from '@sim4seg/core';
import { sameShape, sizeOf } from '../kernel/shapes.js';
import type { OutputSpec } from '../trace/graph.js';
import type { TensorValue } from '../tensor-value.js';

/**
 * Checks that a caller's tensor fits its declaration.
 * @throws SHAPE_MISMATCH
 */
export function expectValue(where: string, value: TensorValue | undefined, spec: OutputSpec): TensorValue {
  const fits = value && value.dtype === spec.dtype && sameShape(value.shape, spec.shape);
  if (fits && value.data.length === sizeOf(spec.shape)) return value;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${where} is ${spec.dtype}[${spec.shape.join(', ')}] with ${sizeOf(spec.shape)} elements`,
    got: value ? `${value.dtype}[${value.shape.join(', ')}] with ${value.data.length}` : 'nothing',
    fix: 'pass data, shape and dtype as the program declares them',
  });
}
