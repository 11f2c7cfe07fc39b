import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectAgreement, intValue, someValue, worstError } from '../../../test-support/compare.js';
import type { Build } from '../../../test-support/compare.js';
import { compile, defineProgram, ops, runEager, trace } from '../../index.js';
import type { Program, TensorValues } from '../../index.js';
import { activateBackend } from '../../program/run-eager.js';

const X = { x: someValue([3, 4], 1) };
const AB = { a: someValue([3, 4], 1), b: someValue([4], 2) };
const positive = (x: Tensor): Tensor => tf.add(tf.abs(x), 0.3);
const inside = (x: Tensor): Tensor => tf.mul(x, 0.4);

const onX = (f: (x: Tensor) => Tensor): Build => ({ x }) => f(x!); // prettier-ignore
const onAB = (f: (a: Tensor, b: Tensor) => Tensor): Build => ({ a, b }) => f(a!, b!); // prettier-ignore

const ELEMENTWISE: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  abs: tf.abs,
  acos: (x) => tf.acos(inside(x)),
  acosh: (x) => tf.acosh(tf.add(positive(x), 1)),
  asin: (x) => tf.asin(inside(x)),
  asinh: tf.asinh,
  atan: tf.atan,
  atanh: (x) => tf.atanh(inside(x)),
  ceil: tf.ceil,
  clipByValue: (x) => tf.clipByValue(x, -0.4, 0.5),
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  erf: tf.erf,
  exp: tf.exp,
  expm1: tf.expm1,
  floor: tf.floor,
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logSigmoid: tf.logSigmoid,
  neg: tf.neg,
  prelu: (x) => tf.prelu(x, tf.tensor1d([0.1, 0.2, 0.3, 0.4])),
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 9)),
  round: (x) => tf.round(tf.mul(x, 3)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  sign: tf.sign,
  sin: tf.sin,
  sinh: tf.sinh,
  softplus: tf.softplus,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: tf.square,
  step: (x) => tf.step(x, 0.5),
  tan: tf.tan,
  tanh: tf.tanh,
};

const PAIRS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: (a, b) => tf.div(a, positive(b)),
  maximum: tf.maximum,
  minimum: tf.minimum,
  pow: (a, b) => tf.pow(positive(a), b),
  squaredDifference: tf.squaredDifference,
  where: (a, b) => tf.where(tf.greater(a, b), a, tf.mul(b, 2)),
  comparisons: (a, b) => {
    const bits = [tf.greater, tf.greaterEqual, tf.less, tf.lessEqual, tf.equal, tf.notEqual].map((f) => f(a, b));
    const both = tf.logicalOr(tf.logicalAnd(bits[0]!, bits[1]!), tf.logicalXor(bits[2]!, tf.logicalNot(bits[3]!)));
    return tf.mul(tf.cast(tf.logicalOr(both, tf.logicalOr(bits[4]!, bits[5]!)), 'float32'), tf.sum(a));
  },
};

const SHAPING: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  sum: (x) => tf.sum(x, 0),
  sumAll: (x) => tf.sum(x),
  mean: (x) => tf.mean(x, -1, true),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 0, true),
  moments: (x) => tf.moments(x, 1).variance,
  logSumExp: (x) => tf.logSumExp(x, 1),
  cumsum: (x) => tf.cumsum(x, 1, true, true),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  reshape: (x) => tf.reshape(x, [2, -1]),
  transpose: (x) => tf.transpose(x),
  concat: (x) => tf.concat([x, tf.mul(x, 2)], 0),
  stack: (x) => tf.stack([x, tf.neg(x)], 1),
  unstack: (x) => tf.unstack(x, 1)[2]!,
  slice: (x) => tf.slice(x, [1, 1], [-1, 2]),
  split: (x) => tf.split(x, [1, 3], 1)[1]!,
  pad: (x) => tf.pad(x, [[1, 0], [0, 2]], 0), // prettier-ignore
  tile: (x) => tf.tile(x, [2, 1]),
  reverse: (x) => tf.reverse(x, 1),
  broadcastTo: (x) => tf.broadcastTo(tf.expandDims(x, 0), [2, 3, 4]),
  squeeze: (x) => tf.squeeze(tf.expandDims(x, 1)),
  gather: (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'), 0),
  matMul: (x) => tf.matMul(x, x, false, true),
  dot: (x) => tf.dot(x, tf.tensor1d([1, 2, 3, 4])),
  l2: (x) => tf.norm(x, 2),
  zerosLike: (x) => tf.add(tf.mul(tf.onesLike(x), 3), tf.add(x, tf.zerosLike(x))),
};

const MORE: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  stridedSlice: (x) => tf.stridedSlice(x, [2, 0], [0, 4], [-1, 2]),
  mirrorPad: (x) => tf.mirrorPad(x, [[1, 1], [0, 2]], 'reflect'), // prettier-ignore
  gatherND: (x) => tf.gatherND(x, tf.tensor2d([[0, 1], [2, 3]], [2, 2], 'int32')), // prettier-ignore
  scatterND: (x) => tf.scatterND(tf.tensor2d([[1], [1], [0]], [3, 1], 'int32'), x, [2, 4]), // prettier-ignore
  segments: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1], 'int32'), 3),
  einsum: (x) => tf.einsum('ij,kj->ik', x, x),
  oneHot: (x) => tf.cast(tf.oneHot(tf.argMax(x, 1), 4), 'float32'),
  argMin: (x) => tf.cast(tf.argMin(x, 0), 'float32'),
  topk: (x) => tf.topk(x, 2).values,
  prod: (x) => tf.prod(x, 1),
  all: (x) => tf.cast(tf.all(tf.greater(x, -2), 1), 'float32'),
  any: (x) => tf.cast(tf.any(tf.isNaN(x), 1), 'float32'),
  finite: (x) => tf.cast(tf.isFinite(tf.div(x, 0)), 'float32'),
  mod: (x) => tf.mod(x, tf.scalar(0.3)),
  range: (x) => tf.add(x, tf.add(tf.range(0, 4), tf.linspace(0, 1, 4))),
  fill: (x) => tf.add(x, tf.fill([3, 4], 2)),
  floorDiv: (x) => tf.floorDiv(x, tf.scalar(0.3)),
  addN: (x) => tf.addN([x, x, tf.square(x)]),
};

const IMAGE = { image: someValue([2, 6, 5, 3], 5), filter: someValue([3, 3, 3, 4], 6) };
const image4 = (x: Tensor | undefined): tf.Tensor4D => x as tf.Tensor4D;

const MAPS: Readonly<Record<string, Build>> = {
  conv2d: ({ image, filter }) => tf.conv2d(image4(image), image4(filter), [2, 1], 'same'),
  conv2dTranspose: ({ image, filter }) =>
    tf.conv2dTranspose(
      image4(image),
      tf.transpose(image4(filter), [0, 1, 3, 2]) as tf.Tensor4D,
      [2, 12, 10, 4],
      2,
      'same',
    ),
  depthwise: ({ image, filter }) =>
    tf.depthwiseConv2d(image4(image), tf.slice(image4(filter), [0, 0, 0, 0], [3, 3, 3, 2]) as tf.Tensor4D, 1, 'valid'),
  maxPool: ({ image }) => tf.maxPool(image4(image), 2, 2, 'valid'),
  avgPool: ({ image }) => tf.avgPool(image4(image), 3, 2, 'same'),
  resize: ({ image }) => tf.image.resizeBilinear(image4(image), [9, 4], false, true),
};

/** All operations of a table as outputs of one program, which both engines run. */
async function expectTableAgrees(table: Readonly<Record<string, Build>>, inputs: TensorValues): Promise<void> {
  const run = (x: Record<string, Tensor>): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(table).map(([name, build]) => [name, tf.cast(build(x), 'float32')]));
  await activateBackend('cpu');
  const shapes = tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, v]) => [name, ops.tensor(v.data, v.shape, v.dtype)] as const);
    return Object.entries(run(Object.fromEntries(tensors))).map(([name, y]) => [name, { dims: y.shape }] as const);
  });
  const specs = Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { dims: shape, dtype }] as const);
  const program = defineProgram({
    name: 'table',
    inputs: Object.fromEntries(specs),
    outputs: Object.fromEntries(shapes),
    run: (_, x) => run(x),
  });
  const eager = await runEager(program, {}, inputs);
  await using session = await compile(program);
  const compiled = await session.run(inputs);
  for (const name of Object.keys(table)) expect(worstError(compiled[name]!, eager[name]!), name).toBeLessThan(1e-4);
}

const builds = <F>(table: Readonly<Record<string, F>>, of: (f: F) => Build): Record<string, Build> =>
  Object.fromEntries(Object.entries(table).map(([name, f]) => [name, of(f)]));

describe('operations of tfjs called directly give the same numbers compiled', () => {
  it('element by element', () => expectTableAgrees(builds(ELEMENTWISE, onX), X));
  it('of two operands', () => expectTableAgrees(builds(PAIRS, onAB), AB));
  it('with other shapes', () => expectTableAgrees(builds({ ...SHAPING, ...MORE }, onX), X));
  it('of maps with channels last', () => expectTableAgrees(MAPS, IMAGE));

  it('whole numbers divide towards minus infinity', async () => {
    const inputs = { a: intValue([7, -7, 7, -7]), b: intValue([2, 2, -2, -2]) };
    const { y } = await expectAgreement(({ a, b }) => tf.add(tf.floorDiv(a!, b!), tf.mod(a!, b!)), inputs);
    expect([...y!.data]).toEqual([4, -3, -5, 2]);
  });
});

describe('what has no compiled form', () => {
  const failure = (run: Program['run']): { code: string; message: string } => {
    const program = defineProgram({ name: 'odd', inputs: { x: [3] }, outputs: { y: [3] }, run });
    try {
      trace(program, { dims: {} });
    } catch (error) {
      return error as { code: string; message: string };
    }
    throw new Error('nothing was thrown');
  };
  const LINE = /tfjs\.test\.ts:\d+/;

  it('is named with the line of the program and what to use instead', () => {
    const { code, message } = failure((_, { x }) => ({
      y: tf.reshape(tf.localResponseNormalization(tf.reshape(x!, [1, 1, 1, 3]) as tf.Tensor4D), [3]),
    }));
    expect(code).toBe('TRACE_UNSUPPORTED');
    expect(message).toMatch(/operation LRN at .*tfjs\.test\.ts:\d+.*ops\.groupNorm/);
  });

  it.each([
    ['dataSync', (x: Tensor) => ops.mul(x, x.dataSync()[0]!)],
    ['arraySync', (x: Tensor) => ops.mul(x, (x.arraySync() as number[])[0]!)],
    ['data', (x: Tensor) => (void x.data(), x)],
    ['whereAsync', (x: Tensor) => (void tf.whereAsync(tf.greater(x, 0)), x)],
    ['booleanMaskAsync', (x: Tensor) => (void tf.booleanMaskAsync(x, tf.greater(x, 0)), x)],
    ['Unique', (x: Tensor) => tf.unique(x).values],
  ])('reading numbers by %s is refused with its line', (name, run) => {
    const { code, message } = failure((_, { x }) => ({ y: run(x!) }));
    expect(code).toBe('TRACE_READS_DATA');
    expect(message).toMatch(LINE);
    expect(message).toContain(name);
  });

  it('tfjs operations have no gradient, and the error names the one to use', () => {
    const run: Program['run'] = (_, { x }) => {
      const { grads } = tf.engine().gradients(() => tf.sum(tf.mul(x!, x!)), [x!]);
      return { y: grads[0]! };
    };
    expect(failure(run)).toMatchObject({ code: 'TRACE_UNSUPPORTED', message: expect.stringMatching(/use ops\.sum/) });
  });

  it('a program that awaits is refused', () => {
    const run = (async (_: unknown, { x }: Record<string, Tensor>) => ({ y: x! })) as unknown as Program['run'];
    expect(failure(run)).toMatchObject({ code: 'TRACE_READS_DATA', message: expect.stringMatching(/promise/) });
  });

  it('chance is refused, because one draw would be baked in', () => {
    const { code, message } = failure((_, { x }) => ({ y: ops.add(x!, tf.randomNormal([3])) }));
    expect(code).toBe('TRACE_UNSUPPORTED');
    expect(message).toMatch(/randomNormal at .*tfjs\.test\.ts/);
  });

  it('an error of the program itself keeps its line, as a shape that does not fit does', () => {
    const broken = failure(() => {
      throw new TypeError('cannot read');
    });
    expect(broken).toMatchObject({ code: 'PROGRAM_INVALID', message: expect.stringMatching(LINE) });
    const uneven = failure((_, { x }) => ({ y: ops.matMul(x!, x!) }));
    expect(uneven).toMatchObject({ code: 'SHAPE_MISMATCH', message: expect.stringMatching(LINE) });
  });
});
