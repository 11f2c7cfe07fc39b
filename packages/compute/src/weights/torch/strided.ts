import { elementCount, type ElementArray } from '../tensor-value.js';
import type { TorchTensor } from './pickle-values.js';

/** Whether the elements of a tensor follow each other without gaps in row-major order. */
export function isContiguous({ shape, strides }: Pick<TorchTensor, 'shape' | 'strides'>): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size === 0) return true;
    if (size > 1 && strides[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** Number of stored elements from the first of a tensor to its last. */
export function reachOf({ shape, strides }: Pick<TorchTensor, 'shape' | 'strides'>): number {
  if (elementCount(shape) === 0) return 0;
  return shape.reduce((sum, size, axis) => sum + (size - 1) * (strides[axis] as number), 1);
}

/** Copies the elements of a strided view, which begins at the first of `stored`, into row-major order. */
export function gather(stored: ElementArray, { shape, strides }: Pick<TorchTensor, 'shape' | 'strides'>): ElementArray {
  const count = elementCount(shape);
  const gathered = new (stored.constructor as new (length: number) => ElementArray)(count);
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < count; to++) {
    gathered[to] = stored[from] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [size, stride] = [shape[axis] as number, strides[axis] as number];
      index[axis] = (index[axis] as number) + 1;
      from += stride;
      if ((index[axis] as number) < size) break;
      from -= stride * size;
      index[axis] = 0;
    }
  }
  return gathered;
}
