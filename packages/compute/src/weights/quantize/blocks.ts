import { Sim4SegError } from '@sim4seg/core';

/**
 * How a matrix `[rows, columns]` is stored in blocks of a row: small integers, one scale and one zero point a block.
 * The layout is the one that ONNX Runtime's MatMulNBits reads.
 */
export interface BlockForm {
  readonly rows: number;
  readonly columns: number;
  readonly bits: 4 | 8;
  readonly blockSize: number;
}

/** A matrix in blocks: element = (integer - zero point) x scale. */
export interface BlockWeights {
  /** uint8[rows, blocks, blockSize x bits / 8]; of two 4-bit integers in a byte the first is in the low half. */
  readonly packed: Uint8Array;
  /** float32[rows x blocks] */
  readonly scales: Float32Array;
  /** uint8[rows x ceil(blocks x bits / 8)]; packed as the integers are, each row from a new byte on. */
  readonly zeros: Uint8Array;
}

interface Sizes {
  readonly blocks: number;
  readonly blockBytes: number;
  readonly zeroBytes: number;
}

function sizesOf({ columns, bits, blockSize }: BlockForm): Sizes {
  const blocks = Math.ceil(columns / blockSize);
  return { blocks, blockBytes: (blockSize * bits) / 8, zeroBytes: Math.ceil((blocks * bits) / 8) };
}

/** Shapes of the three tensors that a matrix becomes. */
export function blockShapes(form: BlockForm): Readonly<Record<keyof BlockWeights, readonly number[]>> {
  expectForm(form);
  const { blocks, blockBytes, zeroBytes } = sizesOf(form);
  return {
    packed: [form.rows, blocks, blockBytes],
    scales: [form.rows * blocks],
    zeros: [form.rows * zeroBytes],
  };
}

/**
 * Rounds a matrix to blocks of small integers. Each block spans from its smallest to its largest element and zero, so
 * that zero stays exact.
 * @param values float32[rows, columns]; finite
 * @throws SHAPE_MISMATCH, NOT_FINITE
 */
export function quantizeBlocks(values: Float32Array, form: BlockForm): BlockWeights {
  expectForm(form);
  const { rows, columns, bits, blockSize } = form;
  expectLength('values', values.length, rows * columns);
  const { blocks, blockBytes, zeroBytes } = sizesOf(form);
  const packed = new Uint8Array(rows * blocks * blockBytes);
  const scales = new Float32Array(rows * blocks);
  const zeros = new Uint8Array(rows * zeroBytes);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const begin = row * columns + block * blockSize;
      const end = Math.min(begin + blockSize, (row + 1) * columns);
      const place = row * blocks + block;
      const { scale, zero } = rangeOf(values, begin, end, bits);
      scales[place] = scale;
      put(zeros, row * zeroBytes, block, zero, bits);
      for (let i = 0; i < blockSize; i++) {
        // Behind the last column of a row stand zeros.
        const value = begin + i < end ? (values[begin + i] as number) : 0;
        put(packed, place * blockBytes, i, toInteger(value, scale, zero, bits), bits);
      }
    }
  }
  return { packed, scales, zeros };
}

/**
 * The matrix that blocks stand for.
 * @returns float32[rows, columns]
 * @throws SHAPE_MISMATCH
 */
export function dequantizeBlocks({ packed, scales, zeros }: BlockWeights, form: BlockForm): Float32Array {
  expectForm(form);
  const { rows, columns, bits, blockSize } = form;
  const { blocks, blockBytes, zeroBytes } = sizesOf(form);
  expectLength('packed', packed.length, rows * blocks * blockBytes);
  expectLength('scales', scales.length, rows * blocks);
  expectLength('zeros', zeros.length, rows * zeroBytes);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const begin = row * columns + block * blockSize;
      const length = Math.min(blockSize, (row + 1) * columns - begin);
      const place = row * blocks + block;
      const zero = take(zeros, row * zeroBytes, block, bits);
      const scale = scales[place] as number;
      for (let i = 0; i < length; i++) values[begin + i] = (take(packed, place * blockBytes, i, bits) - zero) * scale;
    }
  }
  return values;
}

function rangeOf(values: Float32Array, begin: number, end: number, bits: number): { scale: number; zero: number } {
  let [low, high] = [0, 0];
  for (let i = begin; i < end; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) throw notFinite(i, value);
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  const levels = 2 ** bits - 1;
  // Two divisions: the difference of two large floats may overflow.
  const scale = Math.fround(high / levels - low / levels);
  return { scale, zero: scale > 0 ? Math.min(levels, Math.round(-low / scale)) : 0 };
}

function toInteger(value: number, scale: number, zero: number, bits: number): number {
  if (scale === 0) return zero;
  return Math.min(2 ** bits - 1, Math.max(0, Math.round(value / scale) + zero));
}

function put(bytes: Uint8Array, start: number, index: number, integer: number, bits: number): void {
  if (bits === 8) bytes[start + index] = integer;
  else bytes[start + (index >> 1)]! |= integer << (index & 1 ? 4 : 0);
}

function take(bytes: Uint8Array, start: number, index: number, bits: number): number {
  if (bits === 8) return bytes[start + index] as number;
  return ((bytes[start + (index >> 1)] as number) >> (index & 1 ? 4 : 0)) & 15;
}

function expectForm({ rows, columns, bits, blockSize }: BlockForm): void {
  const isPowerOfTwo = blockSize >= 16 && (blockSize & (blockSize - 1)) === 0;
  if ([rows, columns].every((n) => Number.isInteger(n) && n > 0) && [4, 8].includes(bits) && isPowerOfTwo) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: 'a matrix in blocks has rows and columns, 4 or 8 bits, and blocks of 16, 32, 64, ... elements',
    got: `[${rows}, ${columns}], ${bits} bits, blocks of ${blockSize}`,
    fix: 'use 4 bits and blocks of 32',
  });
}

function expectLength(what: string, length: number, expected: number): void {
  if (length === expected) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `${what} of a matrix in blocks has ${expected} elements`,
    got: `${length}`,
    fix: 'pass the form that the matrix was quantised with',
  });
}

function notFinite(index: number, value: number): Sim4SegError {
  return new Sim4SegError('NOT_FINITE', {
    must: 'Only finite weights can be quantised',
    got: `${value} at element ${index}`,
    fix: 'take weights from before the training diverged, or leave this tensor out',
  });
}
