import { describe, expect, it } from 'vitest';
import { engine } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { intValue, someValue, worstError } from '../../../test-support/compare.js';
import { compile, defineProgram, ops, runEager, trace } from '../../index.js';
import type { Program, TensorValues } from '../../index.js';
import { evaluate, formatExpression } from './expression.js';
import { fitExpression } from './fit-expression.js';
import { fitRatio } from './fit-ratio.js';

const SAMPLES = [[37, 41], [43, 47], [53, 59], [61, 67], [71, 73]]; // prettier-ignore
const fit = (size: (a: number, b: number) => number, samples = SAMPLES): string | null => {
  const found = fitExpression(samples.map(([a, b]) => size(a!, b!)), samples); // prettier-ignore
  return found && formatExpression(found, ['a', 'b']);
};

describe('fitting sizes', () => {
  it('finds products, sums, affine sizes and exact quotients', () => {
    expect(fit((a) => a)).toBe('a');
    expect(fit((a, b) => a * b)).toBe('a*b');
    expect(fit((a) => a + 1)).toBe('1 + a');
    expect(fit((a, b) => a + b)).toBe('a + b');
    expect(fit((a, b) => a * (b + 1))).toBe('a + a*b');
    const even = SAMPLES.map(([a, b]) => [2 * a!, 2 * b!]);
    expect(fit((a) => (3 * a * a) / 4, even)).toBe('3*a*a/4');
    expect(fit((a, b) => 12 * a * b - 5)).toBe('-5 + 12*a*b');
  });

  it('finds nothing where rounding is in the way', () => {
    expect(fit((a) => Math.ceil(a / 14) * 14)).toBeNull();
    expect(fit((a) => Math.floor(Math.sqrt(a)))).toBeNull();
  });

  it('evaluates what it finds at sizes that it has not seen', () => {
    const found = fitExpression(SAMPLES.map(([a, b]) => a! * b! + 2 * a!), SAMPLES)!; // prettier-ignore
    expect(evaluate(found, [3, 5])).toBe(21);
  });

  it('finds shares of float32', () => {
    const shares = SAMPLES.map(([a, b]) => Math.fround(0.3 / (a! * b!)));
    expect(fitRatio(shares, SAMPLES)).toMatchObject({ op: 'Div', factor: expect.closeTo(0.3, 6) });
    const inverse = SAMPLES.map(([a, b]) => Math.fround(1 / (a! + b!)));
    expect(fitRatio(inverse, SAMPLES)).toMatchObject({ op: 'Div', factor: 1 });
  });
});

async function expectSameAtSizes(program: Program, cases: readonly TensorValues[], params: TensorValues = {}) {
  await using session = await compile(program);
  for (const inputs of cases) {
    const eager = await runEager(program, params, inputs);
    const compiled = await session.run(params, inputs);
    for (const name of Object.keys(eager)) expect(worstError(compiled[name]!, eager[name]!), name).toBeLessThan(1e-5);
  }
  return session.graph;
}

const one = (
  inputs: Readonly<Record<string, readonly (number | string)[]>>,
  y: readonly (number | string)[],
  run: (x: Record<string, Tensor>) => Tensor,
): Program => defineProgram({ name: 'free', inputs, outputs: { y }, run: (_, x) => ({ y: run(x) }) });

describe('programs whose sizes are free', () => {
  it('run at any size after one compilation, also at 1', async () => {
    const program = defineProgram({
      name: 'tokens',
      params: { weight: [6, 4], bias: [6], first: [1, 1, 4] },
      inputs: { x: ['batch', 'tokens', 4] },
      outputs: { y: ['batch', 'longer', 6], mean: ['batch', 6] },
      run: (p, { x }) => {
        const [batch] = x.shape as [number];
        const start = ops.broadcastTo(p.first, [batch, 1, 4]);
        const y = ops.gelu(ops.linear(ops.concat([start, x], 1), p.weight, p.bias));
        return { y, mean: ops.mean(y, 1) };
      },
    });
    const params = { weight: someValue([6, 4], 1), bias: someValue([6], 2), first: someValue([1, 1, 4], 3) };
    const cases = [[2, 3], [1, 1], [5, 64]].map((size, i) => ({ x: someValue([...size, 4], i + 4) })); // prettier-ignore
    const graph = await expectSameAtSizes(program, cases, params);
    expect(graph.inputs.at(-1)).toMatchObject({ name: 'x', dims: ['batch', 'tokens', 4], shape: [-1, -1, 4] });
    expect(graph.outputs.map(({ dims }) => dims)).toEqual([
      ['batch', '1 + tokens', 6],
      ['batch', 6],
    ]);
  });

  it('split heads, attend and join, with sums, pads, slices and ranges of free size', async () => {
    const program = one({ x: ['b', 't', 8], past: ['b', 'p', 8] }, ['b', 'sum', 8], ({ x, past }) => {
      const all = ops.concat([past!, x!], 1);
      const [b, length] = all.shape as [number, number];
      const heads = (t: Tensor): Tensor => ops.transpose(ops.reshape(t, [b, length, 2, 4]), [0, 2, 1, 3]);
      const far = ops.reshape(ops.cast(ops.range(0, length), 'float32'), [1, 1, 1, length]);
      const near = ops.reshape(ops.range(0, length, 1, 'float32'), [1, 1, length, 1]);
      const bias = ops.where(ops.greater(far, near), -1e4, 0);
      const seen = ops.attention(heads(all), heads(all), heads(all), { scale: 0.5, bias });
      const joined = ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), [b, length, 8]);
      const padded = ops.pad(joined, [[0, 0], [1, 2], [0, 0]]); // prettier-ignore
      return ops.mul(ops.slice(padded, [0, 1, 0], [b, length, 8]), 1 / length);
    });
    const sizes = [[2, 3, 1], [1, 7, 5], [3, 1, 1]] as const; // prettier-ignore
    await expectSameAtSizes(
      program,
      sizes.map(([b, t, p]) => ({ x: someValue([b, t, 8], t), past: someValue([b, p, 8], p + 9) })),
    );
  });

  it('leave only the unnamed symbols free', async () => {
    const program = one({ x: ['b', 't'] }, ['b', 't'], ({ x }) => ops.add(x!, ops.zeros(x!.shape)));
    await using session = await compile(program, { dims: { b: 2 } });
    expect(session.graph.inputs[0]).toMatchObject({ dims: [2, 't'] });
    const { y } = await session.run({ x: someValue([2, 5]) });
    expect(y!.shape).toEqual([2, 5]);
    await expect(session.run({ x: someValue([3, 5]) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('train: gradients of means divide by the size that runs', async () => {
    const program = defineProgram({
      name: 'slope',
      params: { w: [3, 2] },
      inputs: { x: ['n', 3] },
      outputs: { dw: [3, 2] },
      run: (p, { x }) => {
        const loss = (w: Tensor): Tensor => ops.mean(ops.square(ops.matMul(x, w)));
        return { dw: engine().gradients(() => loss(p.w), [p.w]).grads[0]! };
      },
    });
    const cases = [1, 2, 9].map((n) => ({ x: someValue([n, 3], n) }));
    await expectSameAtSizes(program, cases, { w: someValue([3, 2], 5) });
  });

  it('look rows up, turn positions and train both, at sizes beyond those that were traced', async () => {
    const program = defineProgram({
      name: 'words',
      params: { table: [7, 8] },
      inputs: { ids: { dims: ['b', 't'], dtype: 'int32' }, cos: [1, 't', 4], sin: [1, 't', 4] },
      outputs: { dtable: [7, 8] },
      run: (p, { ids, cos, sin }) => {
        const [b, t] = ids.shape as [number, number];
        const loss = (): Tensor => {
          const heads = ops.transpose(ops.reshape(ops.embedding(p.table, ids), [b, t, 2, 4]), [0, 2, 1, 3]);
          return ops.mean(ops.square(ops.rope(heads, cos, sin)));
        };
        return { dtable: engine().gradients(loss, [p.table]).grads[0]! };
      },
    });
    const cases = ([[2, 3], [1, 1], [9, 900]] as const).map(([b, t]) => ({
      ids: intValue(Array.from({ length: b * t }, (_, i) => (i * 5) % 7), [b, t]),
      cos: someValue([1, t, 4], 1),
      sin: someValue([1, t, 4], 2),
    })); // prettier-ignore
    await expectSameAtSizes(program, cases, { table: someValue([7, 8], 3) });
  });

  it('follow from each other where a dim is a sum or product', async () => {
    const program = one(
      { past: ['b', 'p', 4], x: ['b', 't', 4], bias: ['t', 'p + t'] },
      ['b', 't', '2*p + 2*t'],
      ({ past, x, bias }) => {
        const scores = ops.matMul(x!, ops.concat([past!, x!], 1), { transposeB: true });
        const both = ops.add(scores, ops.expandDims(bias!, 0));
        return ops.concat([both, ops.neg(both)], 2);
      },
    );
    const inputs = (p: number, t: number, keys = p + t) => ({
      past: someValue([2, p, 4], 1),
      x: someValue([2, t, 4], 2),
      bias: someValue([t, keys], 3),
    });
    await expectSameAtSizes(program, [inputs(3, 2), inputs(1, 1), inputs(8, 5)]);
    await using session = await compile(program);
    await expect(session.run(inputs(3, 2, 6))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(runEager(program, {}, inputs(3, 2, 6))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    expect(trace(program, { dims: { b: 1, p: 2, t: 3 } }).inputs.at(-1)!.shape).toEqual([3, 5]);
  });

  it('take the sizes of bound parameters from their shapes', async () => {
    const program = defineProgram({
      name: 'bound',
      params: { w: ['out', 'in'] },
      inputs: { x: ['n', 'in'] },
      outputs: { y: ['n', 'out'] },
      run: (p, { x }) => ({ y: ops.linear(x, p.w) }),
    });
    await using session = await compile(program, { weights: { w: someValue([3, 2]) } });
    expect(session.graph.inputs.map(({ dims }) => dims)).toEqual([['n', 2]]);
    expect((await session.run({ x: someValue([5, 2]) })).y.shape).toEqual([5, 3]);
  });

  it('find what their sizes must be multiples of, and say so', async () => {
    const program = one({ x: ['b', 3, 'h', 'w'] }, ['b', 3, 'h2', 'w2'], ({ x }) => ops.avgPool(x!, 4));
    const graph = await expectSameAtSizes(program, [{ x: someValue([1, 3, 4, 8]) }, { x: someValue([2, 3, 16, 12]) }]);
    expect(graph.symbols).toEqual({ b: 1, h: 4, w: 4 });
    await using session = await compile(program);
    const odd = session.run({ x: someValue([1, 3, 6, 8]) });
    await expect(odd).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
      must: expect.stringMatching(/'h'.*multiple of 4/),
    });
  });
});

describe('what does not fit every size', () => {
  const failure = (run: () => unknown): { code: string; message: string } => {
    try {
      run();
    } catch (error) {
      return error as { code: string; message: string };
    }
    throw new Error('nothing was thrown');
  };

  it('names op, symbol and line of a constant that was computed for one size', () => {
    const program = one({ x: ['b', 't'] }, ['b', 't'], ({ x }) => {
      const wave = Array.from({ length: x!.shape[1]! }, (_, i) => Math.sin(i));
      return ops.mul(x!, ops.tensor(wave));
    });
    const { code, message } = failure(() => trace(program, { dims: {} }));
    expect(code).toBe('TRACE_UNSUPPORTED');
    expect(message).toMatch(/float32\[\d+\].*of Mul at .*symbols\.test\.ts:\d+, baked in for one size of t\b/);
    expect(message).toMatch(/dims: \{ t: \.\.\. \}/);
    expect(trace(program, { dims: { t: 4 } }).inputs[0]!.dims).toEqual(['b', 4]);
  });

  it('names a number that moved without an expression, and a choice that a size made', () => {
    const rounded = one({ x: ['t'] }, ['third'], ({ x }) => ops.slice(x!, [0], [Math.ceil(x!.shape[0]! / 3)]));
    expect(failure(() => trace(rounded, { dims: {} })).message).toMatch(/of Slice at .*symbols\.test\.ts/);
    const chosen = one({ x: ['t'] }, ['t'], ({ x }) => (x!.shape[0]! % 3 === 0 ? ops.exp(x!) : ops.neg(x!)));
    expect(failure(() => trace(chosen, { dims: {} })).message).toMatch(/a choice of operations of (Exp|Mul) at .*\d/);
  });

  it('refuses unknown symbols, disagreeing sizes and empty axes', async () => {
    const program = one({ x: ['rows', 'n'], y: ['n'] }, ['rows', 'n'], ({ x, y }) => ops.add(x!, y!));
    expect(failure(() => trace(program, { dims: { row: 3 } })).message).toMatch(/'row'.*it has rows/);
    await using session = await compile(program);
    const uneven = session.run({ x: someValue([2, 3]), y: someValue([4]) });
    await expect(uneven).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', got: expect.stringMatching(/3 .*x.* 4 .*y/) });
    const empty = session.run({ x: someValue([0, 3]), y: someValue([3]) });
    await expect(empty).rejects.toMatchObject({ code: 'SHAPE_MISMATCH', got: expect.stringMatching(/^0/) });
  });
});
