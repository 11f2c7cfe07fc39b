import { Sim4SegError } from '@sim4seg/core';
import { indexOfNonFinite, notFinite } from '../finite.js';
import { fromHalf, toFloat32, toHalf } from '../half.js';
import type { StoredTensor } from '../reader.js';
import { bytesOf, type WeightTensor } from '../tensor-value.js';
import { blockShapes, dequantizeBlocks, quantizeBlocks, type BlockForm } from './blocks.js';
import { blockNames, type QuantizedType } from './note.js';
import { roundingError, type RoundingError } from './rounding-error.js';

export interface Rounding {
  readonly dtype: QuantizedType;
  readonly blockSize: number;
}

const floats: ReadonlySet<string> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

/** Whether a tensor can be rounded to a precision: floats, and matrices where it goes in blocks. */
export function canRound({ dtype, shape }: StoredTensor, to: QuantizedType): boolean {
  if (!floats.has(dtype) || shape.includes(0)) return false;
  return to === 'float16' ? dtype !== 'float16' : shape.length === 2;
}

/** The tensors that a tensor becomes, by name. */
export function roundedPlan(
  name: string,
  tensor: StoredTensor,
  { dtype, blockSize }: Rounding,
): Map<string, StoredTensor> {
  if (dtype === 'float16') return new Map([[name, { dtype: 'float16', shape: tensor.shape }]]);
  const names = blockNames(name, dtype);
  const shapes = blockShapes(formOf(tensor, dtype, blockSize));
  return new Map<string, StoredTensor>([
    [names.packed, { dtype: 'uint8', shape: shapes.packed }],
    [names.scales, { dtype: 'float32', shape: shapes.scales }],
    [names.zeros, { dtype: 'uint8', shape: shapes.zeros }],
  ]);
}

/** A rounded tensor and how far it lies from the original. */
export interface RoundedTensor {
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly error: RoundingError;
}

/**
 * Rounds one tensor.
 * @throws NOT_FINITE for a weight that is not finite, or not as a half float
 */
export function roundTensor(name: string, tensor: WeightTensor, rounding: Rounding): RoundedTensor {
  const index = indexOfNonFinite(bytesOf(tensor), tensor.dtype);
  if (index >= 0) throw notFinite(name, index);
  const values = toFloat32(tensor);
  return rounding.dtype === 'float16' ? toHalfTensor(name, tensor, values) : toBlocks(name, tensor, values, rounding);
}

function toHalfTensor(name: string, { shape }: WeightTensor, values: Float32Array): RoundedTensor {
  const data = toHalf(values);
  const half: WeightTensor = { data, shape, dtype: 'float16' };
  const index = indexOfNonFinite(bytesOf(half), 'float16');
  if (index >= 0) throw tooLarge(name, values[index] as number);
  return { tensors: new Map([[name, half]]), error: roundingError(values, fromHalf(data)) };
}

function toBlocks(name: string, tensor: WeightTensor, values: Float32Array, rounding: Rounding): RoundedTensor {
  const dtype = rounding.dtype as 'int4' | 'int8';
  const form = formOf(tensor, dtype, rounding.blockSize);
  const blocks = quantizeBlocks(values, form);
  const names = blockNames(name, dtype);
  const parts = { [names.packed]: blocks.packed, [names.scales]: blocks.scales, [names.zeros]: blocks.zeros };
  const planned = roundedPlan(name, tensor, rounding);
  const tensors = [...planned].map(([part, described]) => [part, { ...described, data: parts[part] }] as const);
  const error = roundingError(values, dequantizeBlocks(blocks, form));
  return { tensors: new Map(tensors as [string, WeightTensor][]), error };
}

function formOf({ shape }: StoredTensor, dtype: 'int4' | 'int8', blockSize: number): BlockForm {
  return { rows: shape[0] ?? 0, columns: shape[1] ?? 0, bits: dtype === 'int4' ? 4 : 8, blockSize };
}

function tooLarge(name: string, value: number): Sim4SegError {
  return new Sim4SegError('NOT_FINITE', {
    must: `Every weight of "${name}" must be finite as a half float`,
    got: String(value),
    fix: 'leave this tensor out by select, or use another precision',
  });
}
