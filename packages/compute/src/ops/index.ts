import * as plain from './plain/index.js';

export { plain };
export { abs, ceil, cos, exp, floor, log, reciprocal, round, rsqrt, sign, sin, sqrt, square, tanh } from './unary.js';
export type { Binary } from './arithmetic.js';
export { add, clip, div, maximum, minimum, mul, neg, pow, sub } from './arithmetic.js';
export type { Reduction } from './reduce.js';
export { all, any, argMax, argMin, cumsum, max, mean, min, sum, topK, variance } from './reduce.js';
export { cast } from './cast.js';
export type { Operand } from './operand.js';
export type { Compare } from './logic.js';
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  where,
} from './logic.js';
export { eye, fill, oneHot, ones, range, scalar, tensor, zeros } from './constants.js';
export { erf, gelu, geluTanh, leakyRelu, quickGelu, relu, sigmoid, silu, softplus } from './activation.js';
export { siluGate } from './silu-gate.js';
export { linear, matMul } from './mat-mul.js';
export { jointLinear } from './joint-linear.js';
export { dequantizeInt4, linearInt4 } from './linear-int4.js';
export type { Int4Arithmetic, Int4Weight, LinearInt4Options } from './linear-int4.js';
export type { MatMulOptions } from './mat-mul.js';
export {
  broadcastTo,
  concat,
  expandDims,
  pad,
  reshape,
  slice,
  split,
  squeeze,
  stack,
  stopGradient,
  sumTo,
  tile,
  transpose,
  unstack,
} from './shape.js';
export { softmax, logSoftmax } from './softmax.js';
export { layerNorm, rmsNorm } from './norm.js';
export { attention } from './attention.js';
export type { AttentionOptions } from './attention.js';
export { attentionWithCache, prefixAttention } from './attention-cache.js';
export type { CachedAttentionOptions, KeyValueCache, PrefixAttentionOptions } from './attention-cache.js';
export { causalBias, keyBias } from './attention-bias.js';
export { relativeAttention } from './relative-attention.js';
export type { RelativeAttentionOptions } from './relative-attention.js';
export { relativeBias, relativeTable } from './relative-bias.js';
export type { RelativeBiasOptions } from './relative-bias.js';
export { rope } from './rope.js';
export type { RopeOptions } from './rope.js';
export { ropeTables } from './rope-tables.js';
export type { RopeTableOptions } from './rope-tables.js';
export { embedding, gatherRows, scatterRows } from './embedding.js';
export { gather, takeAlong } from './gather.js';
export { dropout } from './dropout.js';
export { einsum } from './einsum.js';
export { flip } from './flip.js';
export { bceWithLogits, crossEntropy } from './losses.js';
export type { CrossEntropyOptions } from './losses.js';
export { diceLoss } from './dice-loss.js';
export type { DiceLossOptions } from './dice-loss.js';
export { conv2d, convTranspose2x2 } from './convolution.js';
export type { Conv2dOptions } from './convolution.js';
export { groupNorm } from './group-norm.js';
export { layerNorm2d } from './layer-norm-2d.js';
export { avgPool, maxPool, upsampleNearest } from './pool.js';
export { depthToSpace, spaceToDepth } from './rearrange.js';
export { resizeBilinear } from './resize.js';
export { recompute } from './recompute.js';
export { scope, tap } from '../kernel/taps.js';
