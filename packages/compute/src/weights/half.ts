import { Sim4SegError } from '@sim4seg/core';
import type { ElementArray, WeightTensor } from './tensor-value.js';

let halfTable: Float32Array | undefined;

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** All 65536 half values: built once, then a lookup is several times faster than arithmetic. */
function halfValues(): Float32Array {
  if (!halfTable) {
    halfTable = new Float32Array(65536);
    for (let bits = 0; bits < 65536; bits++) halfTable[bits] = halfValue(bits);
  }
  return halfTable;
}

/** Half-precision bit patterns to float32. Exact. */
export function fromHalf(bits: Uint16Array): Float32Array {
  const table = halfValues();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i] as number] as number;
  return values;
}

/** bfloat16 bit patterns to float32. Exact. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return new Float32Array(words.buffer);
}

function roundToHalf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const exponent = (word >>> 23) & 0xff;
  const fraction = word & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 | (fraction >>> 13) : 0);
  const shifted = exponent - 112;
  if (shifted >= 31) return sign | 0x7c00;
  if (shifted < -10) return sign;
  const mantissa = shifted > 0 ? (shifted << 23) | fraction : fraction | 0x800000;
  const drop = shifted > 0 ? 13 : 14 - shifted;
  const kept = mantissa >>> drop;
  const rest = mantissa & ((1 << drop) - 1);
  const half = 1 << (drop - 1);
  // Round to nearest, ties to even; a carry walks into the exponent by itself.
  const up = rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0;
  return sign | (kept + up);
}

/** float32 to half-precision bit patterns, rounded to nearest even; too large becomes infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) bits[i] = roundToHalf(words[i] as number);
  return bits;
}

/**
 * Any floating or integer tensor as float32. A float32 tensor comes back without a copy.
 * @throws WEIGHTS_INVALID for int64 values beyond 2^53.
 */
export function toFloat32(tensor: WeightTensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  if (tensor.dtype === 'float16') return fromHalf(tensor.data as Uint16Array);
  if (tensor.dtype === 'bfloat16') return fromBfloat16(tensor.data as Uint16Array);
  return Float32Array.from(toNumbers(tensor.data));
}

/**
 * int32 view of integer or boolean elements (token ids, labels, masks).
 * @throws WEIGHTS_INVALID where a value leaves the range of int32.
 */
export function toInt32(tensor: WeightTensor): Int32Array {
  if (tensor.data instanceof Int32Array) return tensor.data;
  return Int32Array.from(toNumbers(tensor.data), (value) => {
    if ((value | 0) === value) return value;
    throw outOfRange('an integer of 32 bits', value);
  });
}

function toNumbers(data: ElementArray): ArrayLike<number> {
  if (!(data instanceof BigInt64Array)) return data;
  return Array.from(data, (value) => {
    const plain = Number(value);
    if (Number.isSafeInteger(plain)) return plain;
    throw outOfRange('an integer below 2^53', String(value));
  });
}

function outOfRange(must: string, value: number | string): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: `each element must be ${must}`,
    got: String(value),
    fix: 'store the tensor with a smaller range or read its raw elements',
  });
}
