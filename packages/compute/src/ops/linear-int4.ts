import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { binary, castTo, concatAlong, emit, reshapeTo, scalarValue, sliceOf, unary } from '../trace/nodes.js';
import { add } from './arithmetic.js';
import { matMul } from './mat-mul.js';
import { reshape } from './shape.js';

/** A matrix of 4-bit integers in blocks along each row, as `quantizeBlocks` makes it. */
export interface Int4Weight {
  /** uint8[out, blocks, blockSize / 2]; of the two integers in a byte the first is in the low half */
  readonly packed: Tensor;
  /** float32[out * blocks] */
  readonly scales: Tensor;
  /** uint8[out * ceil(blocks / 2)], packed alike, each row from a new byte on; 8 for every block where absent */
  readonly zeros?: Tensor | null;
}

/**
 * What products with 4-bit blocks are computed in. `float32`: as if the matrix had been stored in float32. `int8`: x is
 * rounded to 8-bit integers in blocks as well, each to 1/254 of the largest number of its block; ONNX Runtime's cpu then
 * multiplies integers, at a third of the time or less, and other engines compute in float32 all the same. It may
 * choose other tokens, so use it only for weights whose tokens were seen to agree.
 */
export type Int4Arithmetic = 'float32' | 'int8';

/** Levels of MatMulNBits; 1 to 3 compute as 1 does. */
const ACCURACY_LEVELS: Readonly<Record<Int4Arithmetic, number>> = { float32: 1, int8: 4 };

interface Int4Attrs {
  /** Columns of the matrix: the last block may hold more. */
  readonly columns: number;
}

interface Int4ProductAttrs extends Int4Attrs {
  readonly arithmetic: Int4Arithmetic;
}

const LEVELS = 16;
const MIDDLE = 8;

/** Both integers of each byte: [..., n] to float32[..., 2 n]. */
function eagerNibbles(bytes: Tensor): Tensor {
  const whole = tf.cast(bytes, 'float32');
  const high = tf.floor(tf.div(whole, LEVELS));
  const both = tf.stack([tf.sub(whole, tf.mul(high, LEVELS)), high], bytes.rank);
  return tf.reshape(both, [...bytes.shape.slice(0, -1), bytes.shape.at(-1)! * 2]);
}

function recordNibbles(graph: Graph, bytes: Value): Value {
  const whole = castTo(graph, bytes, 'float32');
  const high = unary(graph, 'Floor', binary(graph, 'Mul', whole, scalarValue(graph, 1 / LEVELS)));
  const low = binary(graph, 'Sub', whole, binary(graph, 'Mul', high, scalarValue(graph, LEVELS)));
  const column = [...bytes.shape, 1];
  const both = concatAlong(graph, [reshapeTo(graph, low, column), reshapeTo(graph, high, column)], column.length - 1);
  return reshapeTo(graph, both, [...bytes.shape.slice(0, -1), bytes.shape.at(-1)! * 2]);
}

function eagerMatrix([packed, scales, zeros]: readonly (Tensor | undefined)[], { columns }: Int4Attrs): Tensor {
  const [out, blocks] = packed!.shape as [number, number];
  const perBlock = [out, blocks, 1];
  const offsets = (): Tensor => {
    const rows = eagerNibbles(tf.reshape(zeros!, [out, Math.ceil(blocks / 2)]));
    return tf.reshape(tf.slice(rows, [0, 0], [out, blocks]), perBlock);
  };
  const centred = tf.sub(eagerNibbles(packed!), zeros ? offsets() : MIDDLE);
  const values = tf.reshape(tf.mul(centred, tf.reshape(scales!, perBlock)), [out, -1]);
  return tf.slice(values, [0, 0], [out, columns]);
}

function recordMatrix(
  graph: Graph,
  [packed, scales, zeros]: readonly (Value | undefined)[],
  { columns }: Int4Attrs,
): Value {
  const [out, blocks] = packed!.shape as [number, number, number];
  const perBlock = [out, blocks, 1];
  const offsets = (): Value => {
    const rows = recordNibbles(graph, reshapeTo(graph, zeros!, [out, Math.ceil(blocks / 2)]));
    return reshapeTo(graph, sliceOf(graph, rows, [0, 0], [out, blocks]), perBlock);
  };
  const integers = recordNibbles(graph, packed!);
  const centred = binary(graph, 'Sub', integers, zeros ? offsets() : scalarValue(graph, MIDDLE));
  const values = binary(graph, 'Mul', centred, reshapeTo(graph, scales!, perBlock));
  const rows = reshapeTo(graph, values, [out, blocks * integers.shape[2]!]);
  return sliceOf(graph, rows, [0, 0], [out, columns]);
}

const runMatrix = defineKernel<Int4Attrs>({
  name: 'DequantizeInt4',
  eager: eagerMatrix,
  onnx: recordMatrix,
});

function checkWeight(op: string, { packed, scales, zeros }: Int4Weight, columns: number): void {
  const [out = 0, blocks = 0, bytes = 0] = packed.shape;
  const covered = blocks * bytes * 2;
  const fits =
    packed.rank === 3 &&
    covered >= columns &&
    covered - columns < bytes * 2 &&
    scales.size === out * blocks &&
    (!zeros || zeros.size === out * Math.ceil(blocks / 2));
  const must = `packed is [out, blocks, block / 2] over ${columns} columns, scales [out * blocks], zeros [out * ceil(blocks / 2)]`;
  mustFit(fits, op, must, describeShapes(packed, scales, ...(zeros ? [zeros] : [])));
}

const present = (tensors: readonly (Tensor | null | undefined)[]): Tensor[] => tensors.filter((t) => t != null);

/**
 * The float32 matrix that 4-bit blocks stand for: (integer - zero point) * scale. No gradient.
 * @param weight blocks of a matrix [out, columns]
 * @returns float32[out, columns]
 * @throws SHAPE_MISMATCH
 */
export function dequantizeInt4(weight: Int4Weight, columns: number): Tensor {
  checkWeight('dequantizeInt4', weight, columns);
  return runMatrix(present([weight.packed, weight.scales, weight.zeros]), { columns })[0]!;
}

const runLinear = defineKernel<Int4ProductAttrs>({
  name: 'LinearInt4',
  eager: ([x, ...weight], attrs) => tf.matMul(x!, eagerMatrix(weight, attrs), false, true),
  onnx: (graph, inputs, { columns, arithmetic }) => {
    const [out, , bytes] = inputs[1]!.shape as [number, number, number];
    const output = { shape: [inputs[0]!.shape[0]!, out], dtype: 'float32' } as const;
    const accuracy = ACCURACY_LEVELS[arithmetic];
    const attributes = { K: columns, N: out, bits: 4, block_size: bytes * 2, accuracy_level: accuracy };
    return emit(graph, 'MatMulNBits', inputs, output, attributes, 'com.microsoft');
  },
  gradient: ({ dy, inputs: [, ...weight], attrs }) => [
    () => matMul(dy, runMatrix(weight, attrs)[0]!),
    null,
    null,
    null,
  ],
});

export interface LinearInt4Options {
  /** `float32` by default. */
  readonly arithmetic?: Int4Arithmetic;
}

/**
 * x times a transposed matrix of 4-bit blocks, plus bias: {@link linear} on an eighth of the memory. Only x and bias
 * have gradients, which are computed in float32.
 * @param x float32[..., in]
 * @param weight blocks of a matrix [out, in]
 * @param bias float32[out]
 * @returns float32[..., out]
 * @throws SHAPE_MISMATCH
 */
export function linearInt4(
  x: Tensor,
  weight: Int4Weight,
  bias?: Tensor | null,
  { arithmetic = 'float32' }: LinearInt4Options = {},
): Tensor {
  const columns = x.shape.at(-1)!;
  checkWeight('linearInt4', weight, columns);
  const rows = reshape(x, [-1, columns]);
  const product = runLinear(present([rows, weight.packed, weight.scales, weight.zeros]), { columns, arithmetic })[0]!;
  const result = bias ? add(product, bias) : product;
  return reshape(result, [...x.shape.slice(0, -1), weight.packed.shape[0]!]);
}
