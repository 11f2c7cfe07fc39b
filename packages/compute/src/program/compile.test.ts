import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engine, memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import {
  compile,
  defineProgram,
  float32Value,
  initParams,
  kernelRuns,
  ops,
  runEager,
  trace,
  writeSafetensors,
} from '../index.js';
import type { Program } from '../index.js';
import { createRuntime } from '../runtime/create-runtime.js';
import { toHalf } from '../weights/half.js';
import { someValue, worstError } from '../../test-support/compare.js';

const program = defineProgram({
  name: 'two-layers',
  params: { 'a.weight': { dims: [6, 'width'], key: 'old.a' }, 'a.bias': [6], 'b.weight': { shape: [3, 6] } },
  inputs: { x: ['rows', 'width'] },
  outputs: { y: ['rows', 3], hidden: ['rows', 6] },
  run: (p, { x }) => {
    const hidden = ops.gelu(ops.linear(x!, p['a.weight']!, p['a.bias']!));
    return { y: ops.linear(hidden, p['b.weight']!), hidden };
  },
});
const dims = { rows: 5, width: 4 };
const params = initParams(program.params, 1, dims);
const inputs = { x: someValue([5, 4], 7) };

async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-compile-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function expectLikeEager(compiled: Record<string, { data: unknown }>, tolerance = 1e-5): Promise<void> {
  const eager = await runEager(program, params, inputs);
  for (const name of Object.keys(eager)) {
    expect(worstError(compiled[name] as typeof inputs.x, eager[name]!)).toBeLessThan(tolerance);
  }
}

describe('compile', () => {
  it('takes parameters with every call', async () => {
    await using session = await compile(program, { dims, target: 'cpu' });
    await expectLikeEager(await session.run(params, inputs));
  });

  it.each(['worker', 'process', 'direct'] as const)('opens in a runtime in %s mode', async (mode) => {
    await using runtime = createRuntime({ mode, threads: 1 });
    await using free = await compile(program, { dims, runtime });
    await using bound = await compile(program, { dims, runtime, weights: params });
    await expectLikeEager(await free.run(params, inputs));
    await expectLikeEager(await bound.run(inputs));
    expect(bound.provider).toBe('cpu');
  });

  it('binds parameters once', async () => {
    await using session = await compile(program, { dims, weights: params });
    await expectLikeEager(await session.run(inputs));
  });

  it('reads weights from a safetensors file, by name or by official key', () =>
    inTemporaryFolder(async (folder) => {
      const { 'a.weight': official, ...rest } = params;
      const path = join(folder, 'weights.safetensors');
      await writeFile(path, writeSafetensors({ 'old.a': official!, ...rest }));
      const session = await compile(program, { dims, weights: path });
      await expectLikeEager(await session.run(inputs));
      await session.release();
    }));

  it('widens half floats of a file', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'weights.safetensors');
      const halves = Object.entries(params).map(([name, { data, shape }]) => {
        return [name, { data: toHalf(data as Float32Array), shape, dtype: 'float16' }] as const;
      });
      await writeFile(path, writeSafetensors(Object.fromEntries(halves)));
      const session = await compile(program, { dims, weights: path });
      await expectLikeEager(await session.run(inputs), 2e-3);
      await session.release();
    }));

  it('runs no tfjs kernel and leaves the caller arrays as they are', async () => {
    await using session = await compile(program, { dims });
    await using free = await compile(program);
    const before = kernelRuns();
    const kernels = vi.spyOn(engine() as unknown as { runKernelFunc(): unknown }, 'runKernelFunc');
    const copy = inputs.x.data.slice();
    await session.run(params, inputs);
    await session.run(params, inputs);
    await free.run(params, inputs);
    expect(kernelRuns()).toBe(before);
    expect(kernels).not.toHaveBeenCalled();
    await runEager(program, params, inputs);
    expect(kernels).toHaveBeenCalled();
    kernels.mockRestore();
    expect(inputs.x.data).toEqual(copy);
  });

  it('leaks no tensors', async () => {
    await runEager(program, params, inputs);
    const before = memory();
    trace(program, { dims });
    await runEager(program, params, inputs);
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numDataBuffers).toBe(before.numDataBuffers);
  });

  it('refuses what does not fit, with codes', async () => {
    await expect(compile(program, { dims: { row: 5 } })).rejects.toMatchObject({ code: 'PROGRAM_INVALID' });
    const { 'a.bias': _, ...incomplete } = params;
    await expect(compile(program, { dims, weights: incomplete })).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    await using session = await compile(program, { dims, weights: params });
    await expect(session.run({ x: someValue([4, 4]) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(session.run({})).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('passes an input through and gives one value under two names', async () => {
    const echo = defineProgram({
      name: 'echo',
      inputs: { x: [2] },
      outputs: { x: [2], twice: [2], again: [2] },
      run: (_, { x }) => {
        const twice = ops.mul(x!, 2);
        return { x: x!, twice, again: twice };
      },
    });
    await using session = await compile(echo);
    const result = await session.run({ x: float32Value(Float32Array.of(1, -3), [2]) });
    expect(Object.fromEntries(Object.entries(result).map(([k, v]) => [k, [...v.data]]))).toEqual({
      x: [1, -3],
      twice: [2, -6],
      again: [2, -6],
    });
  });
});

describe('trace', () => {
  const withRun = (run: Program['run']): Program =>
    defineProgram({ name: 'odd', inputs: { x: [3] }, outputs: { y: [3] }, run });

  it('names the program where data is read', () => {
    const reading = withRun((_, { x }) => ({ y: ops.mul(x!, x!.dataSync()[0]!) }));
    expect(() => trace(reading, { dims: {} })).toThrow(expect.objectContaining({ code: 'TRACE_READS_DATA' }));
  });

  it('refuses outputs of another shape than declared', () => {
    const wrong = withRun((_, { x }) => ({ y: ops.sum(x!) }));
    expect(() => trace(wrong, { dims: {} })).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }));
  });

  it('stores equal nodes and constants once', () => {
    const repeated = withRun((_, { x }) => ({ y: ops.add(ops.mul(x!, 3), ops.mul(x!, 3)) }));
    expect(trace(repeated, { dims: {} }).nodeCount).toBe(2);
  });
});
