import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { compile } from '../program/compile.js';
import { runEager } from '../program/run-eager.js';
import { defineProgram } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import * as ops from './index.js';

const [images, heads, height, width, size] = [2, 3, 4, 3, 5];
const tokens = [images, heads, height * width, size];
const inputs: Record<string, TensorValue> = {
  q: someValue(tokens, 1),
  k: someValue(tokens, 2),
  v: someValue(tokens, 3),
  rows: someValue([2 * height - 1, size], 4),
  columns: someValue([2 * width - 1, size], 5),
};

function programOf(attend: (x: Record<string, Tensor>) => Tensor) {
  const specs = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, [...shape]]));
  return defineProgram({
    name: 'relative-attention',
    inputs: specs,
    outputs: { y: tokens },
    run: (_, x) => ({ y: attend(x) }),
  });
}

describe('attention with relative positions, for inference', () => {
  const whole = programOf(({ q, k, v, rows, columns }) => {
    const options = { scale: 0.4, grid: [height, width] as const, rows: rows!, columns: columns! };
    return ops.plain.relativeAttention(q!, k!, v!, options);
  });

  it.each([
    ['all scores', 2 ** 20],
    ['a row of the grid', 1],
    ['three rows, then the last', 3 * heads * width * height * width],
  ])('equals attention with the bias as a tensor: %s at once', async (_, scoresAtOnce) => {
    const parts = programOf(({ q, k, v, rows, columns }) => {
      const options = { scale: 0.4, grid: [height, width] as const, rows: rows!, columns: columns!, scoresAtOnce };
      return ops.relativeAttention(q!, k!, v!, options);
    });
    const expected = (await runEager(whole, {}, inputs)).y!;
    expect(worstError((await runEager(parts, {}, inputs)).y!, expected)).toBeLessThan(1e-5);
    await using session = await compile(parts, {});
    expect(worstError((await session.run(inputs)).y!, expected)).toBeLessThan(1e-5);
  });
});
