import fc from 'fast-check';
import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as ops from '../src/ops/index.js';
import { defineProgram } from '../src/program.js';
import type { Dim, Program } from '../src/program.js';
import { BINARY, BOUND, ELEMENTWISE, SHAPING, tame } from './random-steps.js';
import type { Unary } from './random-steps.js';

/** One step of a random program: takes the values so far and returns a new one. */
export type Step = (values: readonly Tensor[]) => Tensor;

/** A larger value is averaged instead of grown further. */
const MAX_SIZE = 400;

const pick = (values: readonly Tensor[], index: number): Tensor => values[index % values.length]!;

/** An operand is brought to the other's shape first. */
function aligned(a: Tensor, b: Tensor): [Tensor, Tensor] {
  return [a, ops.broadcastTo(ops.mean(b, [0, 1], true), a.shape)];
}

const place = fc.nat(40);

/** A step that a counterexample shows by its place in its table. */
const shown = (text: string, step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => text });

const elementwise = fc
  .tuple(fc.nat(ELEMENTWISE.length - 1), place)
  .map(([op, at]) => shown(`ELEMENTWISE[${op}](${at})`, (values) => ELEMENTWISE[op]!(pick(values, at))));
const binary = fc
  .tuple(fc.nat(BINARY.length - 1), place, place)
  .map(([op, a, b]) =>
    shown(`BINARY[${op}](${a}, ${b})`, (values) => BINARY[op]!(...aligned(pick(values, a), pick(values, b)))),
  );

const shaping = (table: readonly Unary[], grows: (x: Tensor) => boolean): fc.Arbitrary<Step> =>
  fc.tuple(fc.nat(table.length - 1), place).map(([op, at]) =>
    shown(`SHAPING[${op}](${at})`, (values) => {
      const x = pick(values, at);
      return grows(x) ? ops.mean(x, 0, true) : tame(table[op]!(x));
    }),
  );

/** Programs of 5 to 30 steps whose sizes are numbers. */
export const boundSteps = fc.array(
  fc.oneof(
    elementwise,
    binary,
    shaping([...SHAPING, ...BOUND], (x) => x.size > MAX_SIZE),
  ),
  { minLength: 5, maxLength: 30 },
);

/** Programs whose sizes are symbols: no step looks at a number, so that they grow and have to be shorter. */
export const freeSteps = fc.array(
  fc.oneof(
    elementwise,
    binary,
    shaping(SHAPING, () => false),
  ),
  {
    minLength: 5,
    maxLength: 9,
  },
);

/** Every value reaches the result, so that each one's gradient is compared. */
export function runSteps(list: readonly Step[], inputs: readonly Tensor[]): Tensor {
  const values = [...inputs];
  for (const step of list) values.push(step(values));
  return ops.concat(values.map((value) => ops.mean(value, [0, 1], true)), 1); // prettier-ignore
}

/** The steps and their gradients by both inputs, with the given dims. */
export function programOfSteps(list: readonly Step[], dims: Readonly<Record<'a' | 'b', readonly Dim[]>>): Program {
  return defineProgram({
    name: 'random',
    inputs: dims,
    outputs: { y: [1, list.length + 2], da: dims.a, db: dims.b },
    run: (_, { a, b }) => {
      const run = (): Tensor => runSteps(list, [a, b]);
      const { grads } = engine().gradients(() => ops.sum(ops.square(ops.add(run(), 0.5))), [a, b]);
      return { y: run(), da: grads[0]!, db: grads[1]! };
    },
  });
}
