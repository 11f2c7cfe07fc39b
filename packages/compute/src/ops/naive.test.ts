import { engine, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { activateBackend } from '../program/run-eager.js';
import * as ops from './index.js';

/** A tensor as double precision numbers, which the naive references work on. */
interface Numbers {
  readonly data: readonly number[];
  readonly shape: readonly number[];
}
type Naive = (...inputs: Numbers[]) => readonly number[];
type Op = (...inputs: Tensor[]) => Tensor;

const STEP = 1e-5;
const weight = (i: number): number => Math.sin(i * 1.3 + 0.7);
const toTensors = (inputs: readonly Numbers[]): Tensor[] => inputs.map(({ data, shape }) => ops.tensor(data, shape));
const weighted = (y: readonly number[]): number => y.reduce((sum, value, i) => sum + value * weight(i), 0);

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(Number(actual[i]) - value) / Math.max(1, Math.abs(value));
    expect(error, `[${i}] ${actual[i]} instead of ${value}`).toBeLessThan(tolerance);
  });
}

/** Central differences of the weighted sum of a naive reference. */
function slopes(naive: Naive, inputs: readonly Numbers[], which: number): number[] {
  const at = (i: number, delta: number): number => {
    const moved = inputs.map((x, j) => {
      return j === which ? { ...x, data: x.data.map((value, k) => (k === i ? value + delta : value)) } : x;
    });
    return weighted(naive(...moved));
  };
  return inputs[which]!.data.map((_, i) => (at(i, STEP) - at(i, -STEP)) / (2 * STEP));
}

function expectNaive(op: Op, naive: Naive, inputs: readonly Numbers[], differentiable = true): void {
  tidy(() => {
    const xs = toTensors(inputs);
    const y = op(...xs);
    expectClose(y.dataSync(), naive(...inputs), 2e-5);
    if (!differentiable) return;
    const loss = (): Tensor => {
      const result = op(...xs);
      return ops.sum(
        ops.mul(
          result,
          ops.tensor(
            Array.from({ length: result.size }, (_, i) => weight(i)),
            result.shape,
          ),
        ),
      );
    };
    const { grads } = engine().gradients(loss, xs, undefined, true);
    grads.forEach((gradient, i) => expectClose(gradient!.dataSync(), slopes(naive, inputs, i), 2e-3));
  });
}

const number = (min: number, max: number) =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((n) => n / 1000 + 3e-4);
const values = (shape: readonly number[], min = -3, max = 3) =>
  fc
    .array(number(min, max), {
      minLength: shape.reduce((a, b) => a * b, 1),
      maxLength: shape.reduce((a, b) => a * b, 1),
    })
    .map((data): Numbers => ({ data, shape }));
const shape = (rank: number) => fc.array(fc.integer({ min: 1, max: 4 }), { minLength: rank, maxLength: rank });
const tensorOf = (rank: number, min?: number, max?: number) => shape(rank).chain((dims) => values(dims, min, max));

const runs = { seed: 20261125, numRuns: 12 };
const check = (...[arbitrary, test]: Parameters<typeof fc.property<[Numbers]>>): void =>
  fc.assert(fc.property(arbitrary, test), runs);

const erf = (x: number): number => {
  const n = 2000;
  const h = x / n;
  const f = (i: number): number => Math.exp(-((i * h) ** 2));
  const inner = Array.from({ length: n - 1 }, (_, i) => f(i + 1) * (i % 2 === 0 ? 4 : 2)).reduce((a, b) => a + b, 0);
  return (2 / Math.sqrt(Math.PI)) * (h / 3) * (1 + inner + f(n));
};
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const unary: Record<string, readonly [Op, (x: number) => number]> = {
  abs: [ops.abs, Math.abs],
  cos: [ops.cos, Math.cos],
  erf: [ops.erf, erf],
  exp: [ops.exp, Math.exp],
  gelu: [ops.gelu, (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2))],
  geluTanh: [ops.geluTanh, (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  leakyRelu: [(x) => ops.leakyRelu(x!, 0.1), (x) => (x > 0 ? x : 0.1 * x)],
  neg: [ops.neg, (x) => -x],
  quickGelu: [ops.quickGelu, (x) => x * sigmoid(1.702 * x)],
  reciprocal: [(x) => ops.reciprocal(ops.add(x!, 5)), (x) => 1 / (x + 5)],
  relu: [ops.relu, (x) => Math.max(x, 0)],
  rsqrt: [(x) => ops.rsqrt(ops.add(x!, 5)), (x) => 1 / Math.sqrt(x + 5)],
  sigmoid: [ops.sigmoid, sigmoid],
  silu: [ops.silu, (x) => x * sigmoid(x)],
  sin: [ops.sin, Math.sin],
  softplus: [ops.softplus, (x) => Math.log(1 + Math.exp(x))],
  square: [ops.square, (x) => x * x],
  tanh: [ops.tanh, Math.tanh],
  clip: [(x) => ops.clip(x!, -1, 0.5), (x) => Math.min(Math.max(x, -1), 0.5)],
  log: [(x) => ops.log(ops.add(x!, 5)), (x) => Math.log(x + 5)],
  sqrt: [(x) => ops.sqrt(ops.add(x!, 5)), (x) => Math.sqrt(x + 5)],
};
const steps: Record<string, readonly [Op, (x: number) => number]> = {
  ceil: [ops.ceil, Math.ceil],
  floor: [ops.floor, Math.floor],
  round: [ops.round, Math.round],
  sign: [ops.sign, Math.sign],
};

beforeEach(() => activateBackend('cpu'));

describe('element by element, against double precision', () => {
  it.each(Object.entries(unary))('%s', (_name, [op, f]) => {
    check(tensorOf(2), (x) => expectNaive(op, ({ data }) => data.map(f), [x]));
  });

  it.each(Object.entries(steps))('%s', (_name, [op, f]) => {
    check(tensorOf(2), (x) => expectNaive(op, ({ data }) => data.map(f), [x], false));
  });

  const binary: Record<string, readonly [Op, (a: number, b: number) => number]> = {
    add: [ops.add as Op, (a, b) => a + b],
    sub: [ops.sub as Op, (a, b) => a - b],
    mul: [ops.mul as Op, (a, b) => a * b],
    div: [(a, b) => ops.div(a!, ops.add(b!, 5)), (a, b) => a / (b + 5)],
    maximum: [ops.maximum as Op, Math.max],
    minimum: [ops.minimum as Op, Math.min],
    pow: [(a, b) => ops.pow(ops.add(a!, 5), b!), (a, b) => (a + 5) ** b],
    where: [(a, b) => ops.where(ops.greater(a!, 0), a!, b!), (a, b) => (a > 0 ? a : b)],
  };
  it.each(Object.entries(binary))('%s, a row broadcast over a matrix', (_name, [op, f]) => {
    const pair = shape(2).chain(([n, m]) => fc.tuple(values([n!, m!]), values([m!])));
    const naive: Naive = (a, b) => a!.data.map((x, i) => f(x, b!.data[i % b!.data.length]!));
    fc.assert(
      fc.property(pair, (inputs) => expectNaive(op, naive, inputs)),
      runs,
    );
  });

  const comparisons: Record<string, readonly [(a: Tensor, b: Tensor) => Tensor, (a: number, b: number) => boolean]> = {
    equal: [ops.equal, (a, b) => a === b],
    notEqual: [ops.notEqual, (a, b) => a !== b],
    less: [ops.less, (a, b) => a < b],
    lessEqual: [ops.lessEqual, (a, b) => a <= b],
    greater: [ops.greater, (a, b) => a > b],
    greaterEqual: [ops.greaterEqual, (a, b) => a >= b],
    logicalAnd: [(a, b) => ops.logicalAnd(ops.greater(a, 1), ops.greater(b, 1)), (a, b) => a > 1 && b > 1],
    logicalOr: [(a, b) => ops.logicalOr(ops.greater(a, 1), ops.greater(b, 1)), (a, b) => a > 1 || b > 1],
  };
  it.each(Object.entries(comparisons))('%s', (_name, [op, f]) => {
    const [a, b] = [[0, 0, 1, 1, 2, 2, 2, 3] as const, [0, 1, 0, 1, 0, 1, 2, 3] as const];
    tidy(() => {
      const result = op(ops.tensor([...a]), ops.tensor([...b]));
      expect(result.dtype).toBe('bool');
      expect(Array.from(result.dataSync())).toEqual(a.map((x, i) => Number(f(x, b[i]!))));
    });
  });
});

/** The entries of each row along the middle axis of a rank 3 tensor, and how a function of them is written back. */
function alongMiddle(f: (row: readonly number[]) => readonly number[]): Naive {
  return ({ data, shape: [a = 1, n = 1, b = 1] }: Numbers) => {
    const rows = Array.from({ length: a * b }, (_, at) => {
      return f(Array.from({ length: n }, (_, i) => data[(Math.floor(at / b) * n + i) * b + (at % b)]!));
    });
    const length = rows[0]!.length;
    return Array.from({ length: a * length * b }, (_, at) => {
      const [outer, i, inner] = [Math.floor(at / (length * b)), Math.floor(at / b) % length, at % b];
      return rows[outer * b + inner]![i]!;
    });
  };
}

const total = (row: readonly number[]): number => row.reduce((x, y) => x + y, 0);
const meanOf = (row: readonly number[]): number => total(row) / row.length;

describe('along an axis, against double precision', () => {
  const cases: Record<string, readonly [Op, (row: readonly number[]) => readonly number[], differentiable?: false]> = {
    sum: [(x) => ops.sum(x!, 1), (row) => [total(row)]],
    mean: [(x) => ops.mean(x!, 1), (row) => [meanOf(row)]],
    variance: [(x) => ops.variance(x!, 1), (row) => [meanOf(row.map((x) => (x - meanOf(row)) ** 2))]],
    max: [(x) => ops.max(x!, 1), (row) => [Math.max(...row)]],
    min: [(x) => ops.min(x!, 1), (row) => [Math.min(...row)]],
    cumsum: [(x) => ops.cumsum(x!, 1), (row) => row.map((_, i) => total(row.slice(0, i + 1)))],
    flip: [(x) => ops.flip(x!, 1), (row) => [...row].reverse()],
    argMax: [(x) => ops.argMax(x!, 1), (row) => [row.indexOf(Math.max(...row))], false],
    argMin: [(x) => ops.argMin(x!, 1), (row) => [row.indexOf(Math.min(...row))], false],
    any: [(x) => ops.any(ops.greater(x!, 1), 1), (row) => [Number(row.some((x) => x > 1))], false],
    all: [(x) => ops.all(ops.greater(x!, 0), 1), (row) => [Number(row.every((x) => x > 0))], false],
    gather: [(x) => ops.gather(x!, ops.tensor(Int32Array.of(0, 0)), 1), (row) => [row[0]!, row[0]!]],
  };
  // Distinct entries: where two are largest the slope is not defined.
  const distinct = shape(3).chain((dims) => {
    const count = dims.reduce((a, b) => a * b, 1);
    const order = fc.shuffledSubarray(
      Array.from({ length: count }, (_, i) => i),
      { minLength: count },
    );
    return order.map((data): Numbers => ({ data: data.map((i) => (i - count / 2) / 7 + 1e-3), shape: dims }));
  });
  it.each(Object.entries(cases))('%s', (_name, [op, f, differentiable = true]) => {
    check(distinct, (x) => expectNaive(op, alongMiddle(f), [x], differentiable));
  });
});

describe('rows, pixels and letters, against double precision', () => {
  it('takeAlong and scatterRows', () => {
    const ids = [2, 0, 2, 1];
    const x = { data: [1, 2, 3, 4, 5, 6], shape: [2, 3] };
    const take: Naive = ({ data }) => [data[2]!, data[0]!, data[5]!, data[4]!];
    expectNaive((t) => ops.takeAlong(t!, ops.tensor(Int32Array.from(ids), [2, 2])), take, [x]);
    const rows = { data: [1, 2, 3, 4, 5, 6, 7, 8], shape: [4, 2] };
    const scatter: Naive = ({ data: d }) => [d[2]!, d[3]!, d[6]!, d[7]!, d[0]! + d[4]!, d[1]! + d[5]!];
    expectNaive((t) => ops.scatterRows(t!, ops.tensor(Int32Array.from(ids)), 3), scatter, [rows]);
  });

  it('maxPool', () => {
    const data = [3, 1, 0, 5, 2, 4, 8, 7].map((x) => x + 0.1);
    const naive: Naive = ({ data: d }) => [Math.max(d[0]!, d[1]!, d[4]!, d[5]!), Math.max(d[2]!, d[3]!, d[6]!, d[7]!)];
    expectNaive((t) => ops.maxPool(t!, 2), naive, [{ data, shape: [1, 1, 2, 4] }]);
  });

  it('dropout and eye', () => {
    const kept = ops.tensor([1, 0, 1, 0], [4], 'bool');
    const naive: Naive = ({ data }) => data.map((x, i) => (i % 2 === 0 ? x * 4 : 0));
    expectNaive((t) => ops.dropout(t!, kept, 0.75), naive, [{ data: [1, 2, 3, 4], shape: [4] }]);
    expect(Array.from(ops.eye(2).dataSync())).toEqual([1, 0, 0, 1]);
  });

  /** Sums over all letters, one index at a time. */
  function naiveEinsum(equation: string): Naive {
    const [left = '', result = ''] = equation.split('->');
    const operands = left.split(',');
    return (...inputs) => {
      const sizes = new Map<string, number>();
      operands.forEach((part, i) => [...part].forEach((letter, axis) => sizes.set(letter, inputs[i]!.shape[axis]!)));
      const letters = [...sizes.keys()];
      const count = letters.reduce((product, letter) => product * sizes.get(letter)!, 1);
      const place = (part: string, index: Map<string, number>): number =>
        [...part].reduce((at, letter) => at * sizes.get(letter)! + index.get(letter)!, 0);
      const y = new Array<number>([...result].reduce((product, letter) => product * sizes.get(letter)!, 1)).fill(0);
      for (let n = 0; n < count; n += 1) {
        const index = new Map<string, number>();
        letters.reduce((rest, letter) => {
          index.set(letter, rest % sizes.get(letter)!);
          return Math.floor(rest / sizes.get(letter)!);
        }, n);
        y[place(result, index)]! += operands.reduce((p, part, i) => p * inputs[i]!.data[place(part, index)]!, 1);
      }
      return y;
    };
  }

  it.each([
    'ij,jk->ik',
    'bij,bkj->bik',
    'bhqd,bhkd->bhqk',
    'bhwc,hkc->bhwk',
    'ij->ji',
    'ij->',
    'i,j->ij',
    'ij,jk,kl->il',
    'ijk,ij->k',
    'ij,ij->ij',
  ])('einsum %s', (equation) => {
    const size: Record<string, number> = { b: 2, h: 2, i: 3, j: 2, k: 4, l: 3, q: 2, d: 3, w: 2, c: 3 };
    const operands = equation.split('->')[0]!.split(',');
    const inputs = operands.map((part, at): Numbers => {
      const dims = [...part].map((letter) => size[letter]!);
      const count = dims.reduce((a, b) => a * b, 1);
      return { data: Array.from({ length: count }, (_, i) => Math.cos(i * 0.9 + at)), shape: dims };
    });
    expectNaive((...xs) => ops.einsum(equation, ...xs), naiveEinsum(equation), inputs);
  });

  it('einsum refuses what it does not do', () => {
    const x = ops.ones([2, 2]);
    for (const equation of ['ii->i', '...i->i', 'ij->k', 'ijk->i'])
      expect(() => ops.einsum(equation, x)).toThrow(/einsum/);
  });
});
