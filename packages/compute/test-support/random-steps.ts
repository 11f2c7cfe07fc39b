import type { Tensor } from '@tensorflow/tfjs-core';
import * as ops from '../src/ops/index.js';

/** Keeps magnitudes near 1, so that differences between engines stay roundings. */
export const tame = (x: Tensor): Tensor => ops.tanh(x);

export type Unary = (x: Tensor) => Tensor;
export type Binary = (a: Tensor, b: Tensor) => Tensor;

const rows = (x: Tensor): number => x.shape[0]!;
const columns = (x: Tensor): number => x.shape[1]!;
/** One image of one channel, for what works on maps. */
const map = (x: Tensor): Tensor => ops.reshape(x, [1, 1, rows(x), columns(x)]);
const flat = (x: Tensor): Tensor => ops.reshape(x, [x.shape[2]!, x.shape[3]!]);
const even = (x: Tensor): Tensor => ops.concat([x, ops.mul(x, 0.5)], 1);
const kernel = (out: number, side: number): Tensor =>
  ops.tensor(
    Float32Array.from({ length: out * side * side }, (_, i) => Math.sin(i + 1) / side),
    [out, 1, side, side],
  );
const scaleOf = (x: Tensor): Tensor => ops.add(ops.mean(x, 0), 1);

/** Keep the shape; their results have about the size of their operands. */
export const ELEMENTWISE: readonly Unary[] = [
  ops.tanh,
  ops.sigmoid,
  ops.softplus,
  ops.gelu,
  ops.geluTanh,
  ops.quickGelu,
  ops.silu,
  ops.relu,
  (x) => ops.leakyRelu(x, 0.1),
  ops.sin,
  ops.cos,
  ops.erf,
  ops.abs,
  ops.neg,
  (x) => ops.exp(tame(x)),
  (x) => ops.log(ops.add(ops.square(x), 1)),
  (x) => ops.sqrt(ops.add(ops.square(x), 0.5)),
  (x) => ops.rsqrt(ops.add(ops.square(x), 0.5)),
  (x) => ops.reciprocal(ops.add(ops.square(x), 1)),
  (x) => ops.clip(x, -0.513, 0.717),
  (x) => ops.pow(ops.add(ops.abs(x), 0.4), 1.5),
  ops.softmax,
  ops.logSoftmax,
  (x) => ops.layerNorm(x, scaleOf(x), ops.mean(x, 0), 1e-2),
  (x) => ops.rmsNorm(x, scaleOf(x), 1e-2),
  (x) => ops.recompute((_, { y }) => ops.mul(tame(y!), ops.sigmoid(y!)), {}, { y: x }),
  (x) => ops.sub(x, ops.stopGradient(ops.mean(x, 1, true))),
  (x) => ops.cumsum(ops.mul(x, 0.2), 1),
  (x) => flat(ops.conv2d(map(x), kernel(1, 3), { pad: 1 })),
  (x) => flat(ops.groupNorm(map(x), ops.tensor([0.7]), ops.tensor([0.1]), 1, 1e-2)),
  (x) => flat(ops.attention(map(x), map(x), map(tame(x)), { scale: 0.5 })),
  (x) => flat(ops.avgPool(ops.depthToSpace(ops.spaceToDepth(ops.upsampleNearest(map(x), 2), 2), 2), 2)),
];

export const BINARY: readonly Binary[] = [
  ops.add,
  ops.sub,
  ops.mul,
  ops.maximum,
  ops.minimum,
  ops.siluGate,
  (a, b) => ops.div(a, ops.add(ops.square(b), 1)),
  (a, b) => ops.where(ops.greater(a, 0.0317), a, b),
  (a, b) => ops.where(ops.logicalAnd(ops.less(a, 0.4173), ops.logicalNot(ops.lessEqual(b, -0.2291))), a, b),
  (a, b) => ops.where(ops.logicalOr(ops.greaterEqual(a, 0.7331), ops.greater(b, 0.6119)), b, a),
  (a, b) => ops.bceWithLogits(a, ops.sigmoid(b)),
];

/** Change the shape, and work for any size: these also run where sizes are free. */
export const SHAPING: readonly Unary[] = [
  (x) => ops.transpose(x),
  (x) => ops.reshape(x, [1, -1]),
  (x) => ops.reshape(x, [-1, 1]),
  (x) => ops.concat([x, ops.mul(x, -0.5)], 0),
  even,
  (x) => ops.slice(x, [0, columns(x) - 1], [-1, 1]),
  (x) => ops.pad(x, [[1, 0], [0, 2]]), // prettier-ignore
  (x) => ops.flip(x, 1),
  (x) => ops.mean(x, 0, true),
  (x) => ops.sum(ops.mul(x, 0.3), 1, true),
  (x) => ops.max(x, 1, true),
  (x) => ops.min(x, 0, true),
  (x) => ops.variance(x, 1, true),
  (x) => ops.tile(ops.mean(x, 1, true), [1, 2]),
  (x) => ops.squeeze(ops.slice(ops.stack([x, tame(x)], 0), [1, 0, 0], [1, -1, -1]), [0]),
  (x) => ops.unstack(ops.stack([x, tame(x)], 1), 1)[1]!,
  (x) => ops.split(even(x), 2, 1)[1]!,
  (x) => ops.matMul(x, x, { transposeB: true, alpha: 0.1 }),
  (x) => ops.matMul(x, x, { transposeA: true, alpha: 0.1 }),
  (x) => ops.einsum('ij,kj->ik', x, ops.mul(x, 0.1)),
  (x) => ops.linear(x, ops.mul(ops.transpose(even(ops.transpose(x))), 0.1), null),
  (x) => ops.gatherRows(x, ops.range(0, rows(x))),
  (x) => flat(ops.avgPool(ops.upsampleNearest(map(x), 2), 2)),
  (x) => flat(ops.maxPool(ops.upsampleNearest(map(x), 2), 2)),
  (x) => ops.reshape(ops.diceLoss(map(x), ops.stopGradient(ops.sigmoid(ops.mul(map(x), 2)))), [1, -1]),
];

/** Need numbers for their sizes: constants are computed from them. */
export const BOUND: readonly Unary[] = [
  (x) => ops.slice(x, [0, 0], [Math.ceil(rows(x) / 2), -1]),
  (x) => ops.slice(x, [0, Math.floor(columns(x) / 2)], [-1, -1]),
  (x) => flat(ops.resizeBilinear(map(x), [rows(x) + 1, 3])),
  (x) => ops.add(x, ops.oneHot(ops.range(0, rows(x)), columns(x))),
  (x) => {
    const labels = ops.tensor(Int32Array.from({ length: rows(x) }, (_, i) => i % columns(x)));
    return ops.reshape(ops.crossEntropy(x, labels, ops.ones([rows(x)])), [1, 1]);
  },
];
