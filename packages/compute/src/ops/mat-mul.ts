import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel/define-kernel.js';
import { broadcastShapes, describeShapes, mustFit, sizeOf } from '../kernel/shapes.js';
import type { Graph, Value } from '../trace/graph.js';
import { gemm, matMulOf, reshapeTo, transposeTo } from '../trace/nodes.js';
import { sum } from './reduce.js';
import { reshape, sumTo } from './shape.js';

export interface MatMulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Factor on the product, free of cost. */
  readonly alpha?: number;
}

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

/** tfjs multiplies batches of equal count only: stretch both to common leading axes. */
function stretch(x: Tensor, batch: readonly number[]): Tensor {
  const matrix = x.shape.slice(-2);
  const leading = x.shape.slice(0, -2);
  const aligned = [...new Array<number>(batch.length - leading.length).fill(1), ...leading];
  const repeats = [...batch.map((n, i) => n / aligned[i]!), 1, 1];
  return tf.reshape(tf.tile(tf.reshape(x, [...aligned, ...matrix]), repeats), [sizeOf(batch), ...matrix]);
}

function eagerMatMul(a: Tensor, b: Tensor, { transposeA, transposeB, alpha }: MatMulAttrs): Tensor {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const product = tf.matMul(stretch(a, batch), stretch(b, batch), transposeA, transposeB);
  return tf.mul(tf.reshape(product, [...batch, ...product.shape.slice(-2)]), alpha);
}

/** Columns of the result from which on turning the first operand round before the product pays. */
const TURN_FROM_COLUMNS = 256;

/**
 * A product that takes its first operand transposed turns it round again for every 128 columns of the result. Turning
 * it once is up to a fifth faster, if the runtime does not see it: a transpose right before a product is fused into it.
 */
function recordFlatProduct(graph: Graph, a: Value, b: Value, attrs: MatMulAttrs): Value {
  const [rows = 0, columns = 0] = a.shape;
  const wide = b.shape[attrs.transposeB ? 0 : 1]! >= TURN_FROM_COLUMNS;
  if (!attrs.transposeA || !wide) return gemm(graph, a, b, attrs);
  const turned = transposeTo(graph, reshapeTo(graph, a, [1, rows, columns]), [0, 2, 1]);
  return gemm(graph, reshapeTo(graph, turned, [columns, rows]), b, { ...attrs, transposeA: false });
}

const run = defineKernel<MatMulAttrs>({
  name: 'MatMul',
  eager: ([a, b], attrs) => eagerMatMul(a!, b!, attrs),
  onnx: (graph, [a, b], attrs) =>
    a!.shape.length === 2 && b!.shape.length === 2
      ? recordFlatProduct(graph, a!, b!, attrs)
      : matMulOf(graph, a!, b!, attrs),
  gradient: ({ dy, inputs: [a, b], attrs: { transposeA: ta, transposeB: tb, alpha } }) => [
    () =>
      sumTo(
        ta ? matMul(b!, dy, { transposeA: tb, transposeB: true, alpha }) : matMul(dy, b!, { transposeB: !tb, alpha }),
        a!.shape,
      ),
    () =>
      sumTo(
        tb ? matMul(dy, a!, { transposeA: true, transposeB: ta, alpha }) : matMul(a!, dy, { transposeA: !ta, alpha }),
        b!.shape,
      ),
  ],
});

/**
 * Product over the last two axes; leading axes broadcast.
 * @param a float32[..., M, K], or [..., K, M] with transposeA
 * @param b float32[..., K, N], or [..., N, K] with transposeB
 * @returns float32[..., M, N]
 * @throws SHAPE_MISMATCH
 */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  const inner = [a.shape.at(transposeA ? -2 : -1), b.shape.at(transposeB ? -1 : -2)];
  const fits = a.rank >= 2 && b.rank >= 2 && inner[0] === inner[1];
  mustFit(fits, 'matMul', 'both have rank 2 or more and agree on the inner size', describeShapes(a, b));
  // Rows of a batch against one matrix are one large product: the gradient of the matrix is then one product, too.
  if (b.rank === 2 && a.rank > 2 && !transposeA) {
    const flat = matMul(reshape(a, [-1, a.shape.at(-1)!]), b, options);
    return reshape(flat, [...a.shape.slice(0, -1), flat.shape[1]!]);
  }
  return run([a, b], { transposeA, transposeB, alpha })[0]!;
}

const runLinear = defineKernel({
  name: 'Linear',
  eager: ([x, weight, bias]) => {
    const product = tf.matMul(x! as tf.Tensor2D, weight! as tf.Tensor2D, false, true);
    return bias ? tf.add(product, bias) : product;
  },
  onnx: (graph, [x, weight, bias]) => gemm(graph, x!, weight!, { transposeB: true }, bias ?? null),
  gradient: ({ dy, inputs: [x, weight] }) => [
    () => matMul(dy, weight!),
    () => matMul(dy, x!, { transposeA: true }),
    () => sum(dy, 0),
  ],
});

/**
 * x times the transposed weight, plus bias, as torch's Linear.
 * @param x float32[..., in]
 * @param weight float32[out, in]
 * @param bias float32[out]
 * @returns float32[..., out]
 * @throws SHAPE_MISMATCH
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor | null): Tensor {
  const [out, width] = weight.shape;
  const fits = weight.rank === 2 && x.shape.at(-1) === width && (!bias || (bias.rank === 1 && bias.shape[0] === out));
  mustFit(
    fits,
    'linear',
    'x is [..., in], weight [out, in], bias [out]',
    describeShapes(x, weight, ...(bias ? [bias] : [])),
  );
  const rows = reshape(x, [-1, width!]);
  const result = runLinear(bias ? [rows, weight, bias] : [rows, weight], {})[0]!;
  return reshape(result, [...x.shape.slice(0, -1), out!]);
}
