import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TfjsType } from '../kernel/tfjs-type.js';
import { cast } from './cast.js';
import { equal } from './logic.js';
import { expandDims } from './shape.js';

/** A rank 0 constant. */
export function scalar(value: number, dtype: TfjsType = 'float32'): Tensor {
  return tf.scalar(value, dtype);
}

/** A constant filled with one value. */
export function fill(shape: readonly number[], value: number, dtype: TfjsType = 'float32'): Tensor {
  return tensor(new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value), shape, dtype);
}

/** A constant of zeros. */
export function zeros(shape: readonly number[], dtype: TfjsType = 'float32'): Tensor {
  return fill(shape, 0, dtype);
}

/** A constant of ones. */
export function ones(shape: readonly number[], dtype: TfjsType = 'float32'): Tensor {
  return fill(shape, 1, dtype);
}

/** A constant from numbers in row-major order. Constants are baked into compiled programs. */
export function tensor(
  values: readonly number[] | Float32Array | Int32Array | Uint8Array,
  shape: readonly number[] = [values.length],
  dtype: TfjsType = values instanceof Int32Array ? 'int32' : values instanceof Uint8Array ? 'bool' : 'float32',
): Tensor {
  const data = Array.isArray(values) ? values : (values as Float32Array).slice();
  const typed =
    dtype === 'int32' ? Int32Array.from(data) : dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data);
  return tf.tensor(typed, [...shape], dtype);
}

/** start, start + step, ... below stop. */
export function range(start: number, stop: number, step = 1, dtype: TfjsType = 'int32'): Tensor {
  const count = Math.max(0, Math.ceil((stop - start) / step));
  return tensor(
    Array.from({ length: count }, (_, i) => start + i * step),
    [count],
    dtype,
  );
}

/** float32[..., depth]: 1 at the id of each int32 entry, 0 elsewhere. No gradient. */
export function oneHot(ids: Tensor, depth: number): Tensor {
  return cast(equal(expandDims(cast(ids, 'int32'), ids.rank), range(0, depth)), 'float32');
}

/** float32[n, n]: 1 on the diagonal, 0 elsewhere. */
export function eye(n: number): Tensor {
  return oneHot(range(0, n), n);
}
