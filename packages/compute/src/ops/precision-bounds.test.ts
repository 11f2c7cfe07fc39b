import { describe, expect, it } from 'vitest';
import { someValue } from '../../test-support/compare.js';
import { compile } from '../program/compile.js';
import { defineProgram } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import { fromHalf, toHalf } from '../weights/half.js';
import { blockShapes, dequantizeBlocks, quantizeBlocks } from '../weights/quantize/blocks.js';
import * as ops from './index.js';

const [rows, out, columns, blockSize] = [3, 8, 96, 32];
const form = { rows: out, columns, bits: 4, blockSize } as const;
const x = someValue([rows, columns], 1, 3);
const weight = someValue([out, columns], 2).data as Float32Array;
const blocks = quantizeBlocks(weight, form);
/** What float32 itself rounds in sums of this length. */
const FLOAT32 = 1e-5;

const element = (y: ArrayLike<number | bigint>, at: number): number => Number(y[at]);

/** Sum over the columns of one element of x w^T. */
function total(row: number, line: number, term: (x: number, w: number, column: number) => number, w = weight): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) sum += term(element(x.data, row * columns + i), w[line * columns + i]!, i);
  return sum;
}

/** The largest |x| of the block that a column lies in. */
function blockPeak(row: number, column: number): number {
  const from = row * columns + Math.floor(column / blockSize) * blockSize;
  return Math.max(...Array.from(x.data.slice(from, from + blockSize), (value) => Math.abs(Number(value))));
}

function expectBounded(
  y: TensorValue,
  exact: (at: [number, number]) => number,
  bound: (at: [number, number]) => number,
) {
  for (let row = 0; row < rows; row++) {
    for (let line = 0; line < out; line++) {
      const apart = Math.abs(element(y.data, row * out + line) - exact([row, line]));
      expect(apart).toBeLessThanOrEqual(bound([row, line]) + FLOAT32);
    }
  }
}

async function int4Product(arithmetic: ops.Int4Arithmetic): Promise<TensorValue> {
  const shapes = blockShapes(form);
  const program = defineProgram({
    name: `int4-${arithmetic}`,
    params: {
      packed: { dims: [...shapes.packed], dtype: 'uint8' },
      scales: { dims: [...shapes.scales] },
      zeros: { dims: [...shapes.zeros], dtype: 'uint8' },
    },
    inputs: { x: [rows, columns] },
    outputs: { y: [rows, out] },
    run: ({ packed, scales, zeros }, { x: input }) => ({
      y: ops.linearInt4(input!, { packed: packed!, scales: scales!, zeros: zeros! }, null, { arithmetic }),
    }),
  });
  const weights = {
    packed: { data: blocks.packed, shape: shapes.packed, dtype: 'uint8' },
    scales: { data: blocks.scales, shape: shapes.scales, dtype: 'float32' },
    zeros: { data: blocks.zeros, shape: shapes.zeros, dtype: 'uint8' },
  } as const;
  await using session = await compile(program, { weights });
  return (await session.run({ x }))['y']!;
}

const product = ([row, line]: [number, number], w = weight): number => total(row, line, (a, b) => a * b, w);

describe('a product differs from float32', () => {
  it('with half floats by at most 2^-11 of each term', async () => {
    const halved = fromHalf(toHalf(weight));
    const program = defineProgram({
      name: 'halved',
      params: { w: [out, columns] },
      inputs: { x: [rows, columns] },
      outputs: { y: [rows, out] },
      run: ({ w }, { x: input }) => ({ y: ops.linear(input!, w!) }),
    });
    const weights = { w: { data: halved, shape: [out, columns], dtype: 'float32' } } as const;
    await using session = await compile(program, { weights });
    const { y } = await session.run({ x });
    expectBounded(y!, product, ([row, line]) => total(row, line, (a, b) => Math.abs(a * b) * 2 ** -11));
  });

  it('with 4-bit blocks by at most half a step of each weight', async () => {
    const y = await int4Product('float32');
    const step = (line: number, column: number): number =>
      blocks.scales[line * (columns / blockSize) + Math.floor(column / blockSize)]!;
    // Zero points are whole numbers: an end of a block's range may lie a further half step outside.
    expectBounded(y, product, ([row, line]) => total(row, line, (a, _, i) => Math.abs(a) * step(line, i)));
    const stored = dequantizeBlocks(blocks, form);
    expectBounded(
      y,
      (at) => product(at, stored),
      () => 0,
    );
  });

  it('with 8-bit arithmetic on 4-bit blocks by at most 1/254 of the largest number of a block more', async () => {
    const y = await int4Product('int8');
    const stored = dequantizeBlocks(blocks, form);
    const bound = ([row, line]: [number, number]): number =>
      total(row, line, (_, w, i) => (Math.abs(w) * blockPeak(row, i)) / 254, stored);
    expectBounded(y, (at) => product(at, stored), bound);
    let most = 0;
    for (let at = 0; at < rows * out; at++)
      most = Math.max(most, Math.abs(element(y.data, at) - product([Math.floor(at / out), at % out], stored)));
    expect(most, 'the fast arithmetic is really used').toBeGreaterThan(FLOAT32);
  });
});
