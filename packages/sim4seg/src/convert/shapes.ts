import { Sim4SegError } from '@sim4seg/core';
import type { TensorPool } from './tensor-pool.js';

/** Shapes of tensors by the key of the program. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export function shapesOf({ tensors }: TensorPool): Shapes {
  return new Map([...tensors].map(([key, { shape }]) => [key, shape] as const));
}

/** Size of one axis. @throws WEIGHTS_INVALID where the tensor is missing or has fewer axes */
export function sizeOf(shapes: Shapes, key: string, axis: number): number {
  const size = shapes.get(key)?.[axis];
  if (size !== undefined && size > 0) return size;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `The weights must hold "${key}", whose shape tells a size of the model`,
    got: shapes.has(key) ? `shape [${shapes.get(key)?.join(', ')}]` : 'no tensor of this key',
    fix: 'fetch the weights again, or add what they lack with --with',
  });
}

/** Number of layers: the highest index behind the pattern, plus one. */
export function countOf(shapes: Shapes, pattern: RegExp): number {
  let count = 0;
  for (const key of shapes.keys()) {
    const index = pattern.exec(key)?.[1];
    if (index !== undefined) count = Math.max(count, Number(index) + 1);
  }
  return count;
}
