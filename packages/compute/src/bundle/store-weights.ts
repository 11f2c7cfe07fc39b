import { Sim4SegError } from '@sim4seg/core';
import { toHalf } from '../weights/half.js';
import { parseHeader, prefixBytes } from '../weights/header.js';
import { safetensorsPieces, type WritableTensor } from '../weights/safetensors.js';
import type { ElementType } from '../weights/tensor-value.js';

/** Where a tensor lies in the weights file of a bundle; what `trace` takes as an external parameter. */
export interface StoredWeight {
  readonly place: { readonly location: string; readonly offset: number; readonly length: number };
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'float16' | 'bfloat16' | 'int32' | 'int64' | 'bool';
}

/** A weights file, laid out but not yet written. */
export interface StoredWeights {
  readonly pieces: readonly Uint8Array[];
  readonly weights: Readonly<Record<string, StoredWeight>>;
}

/**
 * Lays tensors out as one safetensors file. With `float16`, matrices and kernels are stored as half floats; vectors
 * (biases, norms) stay float32: they are small and steer whole channels.
 * @throws NOT_FINITE for a weight that is not finite, or not as a half float.
 */
export function storeWeights(
  tensors: Readonly<Record<string, WritableTensor>>,
  file: string,
  precision: 'float16' | 'float32',
): StoredWeights {
  const stored = Object.entries(tensors).map(([name, value]) => [name, toPrecision(name, value, precision)] as const);
  const pieces = safetensorsPieces(Object.fromEntries(stored), { format: 'pt' });
  const fileBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  const { entries } = parseHeader((pieces[0] as Uint8Array).subarray(prefixBytes), fileBytes);
  const weights = [...entries].map(([name, { begin, end, shape, dtype }]) => {
    const place = { location: file, offset: begin, length: end - begin };
    return [name, { place, shape, dtype: expectGraphType(name, dtype) }] as const;
  });
  return { pieces, weights: Object.fromEntries(weights) };
}

/** The weights of one part, under the part's own parameter names. */
export function weightsOfPart(
  weights: Readonly<Record<string, StoredWeight>>,
  pluginId: string,
): Readonly<Record<string, StoredWeight>> {
  const prefix = `${pluginId}.`;
  const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

function toPrecision(name: string, value: WritableTensor, precision: 'float16' | 'float32'): WritableTensor {
  if (!(value.data instanceof Float32Array)) return value;
  const isHalf = precision === 'float16' && value.shape.length > 1;
  // 65520 is the smallest number that rounds to infinity as a half float.
  const limit = isHalf ? 65520 : Infinity;
  const wrong = value.data.find((weight) => !(Math.abs(weight) < limit));
  if (wrong !== undefined)
    throw new Sim4SegError('NOT_FINITE', {
      must: `Every weight of "${name}" must be finite${isHalf ? ' as a half float' : ''}`,
      got: String(wrong),
      fix: isHalf ? 'write the bundle with float32 weights' : 'train again from an earlier checkpoint',
    });
  return isHalf ? { shape: value.shape, dtype: 'float16', data: toHalf(value.data) } : value;
}

const graphTypes: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16', 'int32', 'int64', 'bool']);

function expectGraphType(name: string, dtype: ElementType): StoredWeight['dtype'] {
  if (graphTypes.has(dtype)) return dtype as StoredWeight['dtype'];
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `"${name}" must have one of the types ${[...graphTypes].join(', ')}`,
    got: dtype,
    fix: 'convert it before the bundle is written',
  });
}
