import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { Sim4SegError } from '@sim4seg/core';
import { cast } from './cast.js';

/** What arithmetic takes: a tensor, or a number that becomes a scalar of the other operand's type. */
export type Operand = Tensor | number;

/** Numbers become scalars of the other operand's type; int32 and bool meet float32 as float32. */
export function matchOperands(a: Operand, b: Operand): [Tensor, Tensor] {
  if (typeof a === 'number') return typeof b === 'number' ? [tf.scalar(a), tf.scalar(b)] : matchNumber(a, b, true);
  if (typeof b === 'number') return matchNumber(b, a, false);
  if (a.dtype === b.dtype) return a.dtype === 'bool' ? [cast(a, 'int32'), cast(b, 'int32')] : [a, b];
  if (a.dtype === 'float32' || b.dtype === 'float32') return [cast(a, 'float32'), cast(b, 'float32')];
  return [cast(a, 'int32'), cast(b, 'int32')];
}

function matchNumber(x: number, tensor: Tensor, first: boolean): [Tensor, Tensor] {
  const whole = Number.isInteger(x) && tensor.dtype !== 'float32';
  const dtype = whole ? 'int32' : 'float32';
  const pair = [tf.scalar(x, dtype), cast(tensor, dtype)] as const;
  return first ? [pair[0], pair[1]] : [pair[1], pair[0]];
}

/** @throws SHAPE_MISMATCH unless the tensor is float32. */
export function expectFloat(op: string, x: Tensor): Tensor {
  if (x.dtype === 'float32') return x;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${op} takes float32`,
    got: `${x.dtype}[${x.shape.join(', ')}]`,
    fix: "call ops.cast(x, 'float32') first",
  });
}
