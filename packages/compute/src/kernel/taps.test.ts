import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { compile, defineProgram, ops, runEager, trace } from '../index.js';

const program = defineProgram({
  name: 'tapped',
  inputs: { x: ['n', 3] },
  outputs: { y: ['n', 3] },
  run: (_, { x }) => {
    const hidden = [0, 1].reduce((h, i) => {
      return ops.scope(`block${i}`, () => ops.tap('out', ops.tanh(ops.tap('scaled', ops.mul(h, 2 + i)))));
    }, x);
    return { y: ops.sub(hidden, x) };
  },
});
const inputs = { x: someValue([2, 3], 3) };

describe('taps', () => {
  it('return named values of both engines without changing the outputs', async () => {
    const plain = await runEager(program, {}, inputs);
    const taps = ['block1/scaled', 'block*/out'];
    const eager = await runEager(program, {}, inputs, { taps });
    const names = ['tap/block0/out', 'tap/block1/out', 'tap/block1/scaled', 'y'];
    expect(Object.keys(eager).sort()).toEqual(names);
    expect(eager['y']).toEqual(plain['y']);
    await using session = await compile(program, { taps });
    const compiled: typeof eager = await session.run(inputs);
    expect(Object.keys(compiled).sort()).toEqual(names);
    for (const name of names) expect(worstError(compiled[name as 'y'], eager[name as 'y']), name).toBeLessThan(1e-5);
  });

  it('cost nothing where nobody asks, and leave no tensor', async () => {
    expect(trace(program, { dims: { n: 2 } }).outputs.map(({ name }) => name)).toEqual(['y']);
    const before = memory().numTensors;
    await runEager(program, {}, inputs, { taps: ['*'] });
    expect(memory().numTensors).toBe(before);
  });

  it('name the nearest where one is not there', async () => {
    const wrong = { taps: ['block0/uot'] };
    const error = { code: 'PROGRAM_INVALID', got: expect.stringMatching(/names are block0\/out/) };
    await expect(runEager(program, {}, inputs, wrong)).rejects.toMatchObject(error);
    await expect(compile(program, wrong)).rejects.toMatchObject(error);
  });

  it('count where a name comes twice', async () => {
    const twice = defineProgram({
      name: 'twice',
      inputs: { x: [1] },
      outputs: { y: [1] },
      run: (_, { x }) => ({ y: ops.tap('h', ops.neg(ops.tap('h', ops.exp(x)))) }),
    });
    const result = await runEager(twice, {}, { x: someValue([1]) }, { taps: ['h#2'] });
    expect(result['tap/h#2' as 'y'].data).toEqual(result.y.data);
  });
});
