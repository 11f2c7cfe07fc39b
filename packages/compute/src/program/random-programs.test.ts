import fc from 'fast-check';
import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import * as ops from '../ops/index.js';
import { expectAgreement, someValue } from '../../test-support/compare.js';

/** One step of a random program: takes the values so far and returns a new one. */
type Step = (values: readonly Tensor[]) => Tensor;

const pick = (values: readonly Tensor[], index: number): Tensor => values[index % values.length]!;

/** Keeps magnitudes near 1, so that differences between engines stay roundings. */
const tame = (x: Tensor): Tensor => ops.tanh(x);

const UNARY: readonly ((x: Tensor) => Tensor)[] = [
  ops.tanh,
  ops.sigmoid,
  ops.softplus,
  ops.gelu,
  ops.silu,
  ops.sin,
  ops.cos,
  (x) => ops.exp(tame(x)),
  (x) => ops.log(ops.add(ops.square(x), 1)),
  (x) => ops.sqrt(ops.add(ops.square(x), 0.5)),
  (x) => ops.softmax(x),
  (x) => ops.logSoftmax(x),
];

const BINARY: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  ops.add,
  ops.sub,
  ops.mul,
  (a, b) => ops.div(a, ops.add(ops.square(b), 1)),
  (a, b) => ops.where(ops.greater(a, 0.03), a, b),
];

/** Shapes are [n, m] throughout: an operand is brought to the other's shape first. */
function aligned(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const [rows, columns] = a.shape as [number, number];
  return [a, ops.broadcastTo(ops.mean(b, [0, 1], true), [rows, columns])];
}

const SHAPING: readonly ((x: Tensor) => Tensor)[] = [
  (x) => ops.transpose(x),
  (x) => ops.reshape(x, [1, -1]),
  (x) => ops.reshape(x, [-1, 1]),
  (x) => ops.concat([x, ops.mul(x, -0.5)], 0),
  (x) => ops.concat([x, tame(x)], 1),
  (x) => ops.slice(x, [0, 0], [Math.ceil(x.shape[0]! / 2), -1]),
  (x) => ops.slice(x, [0, Math.floor(x.shape[1]! / 2)], [-1, -1]),
  (x) => ops.pad(x, [[1, 0], [0, 2]]), // prettier-ignore
  (x) => ops.mean(x, 0, true),
  (x) => ops.sum(x, 1, true),
  (x) => ops.max(x, 1, true),
  (x) => ops.tile(ops.mean(x, 1, true), [1, 2]),
  (x) => ops.matMul(x, x, { transposeB: true, alpha: 1 / x.shape[1]! }),
  (x) => ops.matMul(x, x, { transposeA: true, alpha: 1 / x.shape[0]! }),
];

const MAX_SIZE = 400;

const unaryStep = fc.tuple(fc.nat(UNARY.length - 1), fc.nat(40)).map(
  ([op, at]): Step =>
    (values) =>
      UNARY[op]!(pick(values, at)),
);
const binaryStep = fc.tuple(fc.nat(BINARY.length - 1), fc.nat(40), fc.nat(40)).map(
  ([op, a, b]): Step =>
    (values) =>
      BINARY[op]!(...aligned(pick(values, a), pick(values, b))),
);
const shapingStep = fc.tuple(fc.nat(SHAPING.length - 1), fc.nat(40)).map(([op, at]): Step => (values) => {
  const x = pick(values, at);
  return x.size > MAX_SIZE ? ops.mean(x, 0, true) : tame(SHAPING[op]!(x));
});
const steps = fc.array(fc.oneof(unaryStep, binaryStep, shapingStep), { minLength: 5, maxLength: 30 });

function runSteps(list: readonly Step[], inputs: readonly Tensor[]): Tensor {
  const values = [...inputs];
  for (const step of list) values.push(step(values));
  // Every value reaches the result, so that each one's gradient is compared.
  const means = values.map((value) => ops.mean(value, [0, 1], true));
  return ops.concat(means, 1);
}

describe('random programs', () => {
  it('agree between engines in values and gradients', async () => {
    const shape = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }));
    await fc.assert(
      fc.asyncProperty(steps, shape, shape, async (list, a, b) => {
        const inputs = { a: someValue(a, 1), b: someValue(b, 2) };
        await expectAgreement(({ a, b }) => runSteps(list, [a!, b!]), inputs, 1e-4);
      }),
      { seed: 20261124, numRuns: 40 },
    );
  });
});
