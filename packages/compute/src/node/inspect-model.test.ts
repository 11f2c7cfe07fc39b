import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineProgram, initParams, ops, trace } from '../index.js';
import { inspectModel } from './inspect-model.js';
import { flopsOf, summarizeProfile } from './profile-events.js';
import type { ProfileEvent } from './profile-events.js';
import { profileGraph, profileProgram } from './profile-program.js';

const small = defineProgram({
  name: 'small',
  params: { weight: [8, 4], bias: [8], kernel: [6, 3, 3, 3] },
  inputs: { x: ['batch', 4], image: ['batch', 3, 8, 8], ids: { dims: ['batch'], dtype: 'int32' } },
  outputs: { y: ['batch', 8], map: ['batch', 6, 6, 6] },
  run: (p, { x, image, ids }) => ({
    y: ops.mul(ops.gelu(ops.linear(x, p.weight, p.bias)), ops.expandDims(ops.cast(ids, 'float32'), 1)),
    map: ops.conv2d(image, p.kernel),
  }),
});
const place = { location: 'w.safetensors', offset: 64, length: 128 };
const ranges = {
  weight: { place, shape: [8, 4], dtype: 'float32' as const },
  bias: { place: { ...place, length: 32 }, shape: [8], dtype: 'float32' as const },
  kernel: { place: { ...place, length: 324 }, shape: [6, 3, 3, 3], dtype: 'float16' as const },
};

describe('inspectModel', () => {
  it('lists nodes, ports with free dims, and weights with their places', async () => {
    const { model } = trace(small, { dims: {}, params: { kind: 'external', ranges } });
    const summary = await inspectModel(model);
    expect(summary).toMatchObject({
      producer: 'sim4seg',
      opset: { 'ai.onnx': 21 },
      inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 4] }, { dims: ['batch', 3, 8, 8] }, { dtype: 'int32' }],
      nodes: { byOp: { Gemm: 1, Conv: 1, 'com.microsoft.Gelu': 1 } },
    });
    const kernel = summary.initializers.find(({ name }) => name === 'param/kernel');
    expect(kernel).toMatchObject({ dtype: 'float16', shape: [6, 3, 3, 3], bytes: 324 });
    expect(kernel!.external).toEqual({ file: 'w.safetensors', offset: 64, length: 324 });
    expect(summary.totalBytes).toBeGreaterThan(128 + 32 + 324 - 1);
  });

  it('refuses files that are no models, by a code', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim4seg-inspect-'));
    const path = join(folder, 'notes.onnx');
    try {
      const expectRefused = (source: string | Uint8Array): Promise<void> =>
        expect(inspectModel(source)).rejects.toMatchObject({ code: 'GRAPH_INVALID' });
      await expectRefused(join(folder, 'absent.onnx'));
      await expectRefused(folder);
      for (const text of ['', 'This is a text about models.', '{"graph": {}}']) {
        await writeFile(path, text);
        await expectRefused(path);
      }
      const { model } = trace(small, { dims: { batch: 1 } });
      await writeFile(path, model.slice(0, model.length / 2));
      await expectRefused(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends in a summary or a coded error, whatever the bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const result = await inspectModel(bytes).catch((error: { code: string }) => error.code);
        expect(typeof result === 'string' ? result : 'GRAPH_INVALID').toBe('GRAPH_INVALID');
      }),
      { seed: 20261125, numRuns: 200 },
    ));
});

describe('profiling', () => {
  it('tells the time of every operator and the rate of products', async () => {
    const profile = await profileProgram(small, { dims: { batch: 2 }, rounds: 3, threads: 1 });
    expect(profile.rounds).toBe(3);
    const byOp = Object.fromEntries(profile.ops.map((op) => [op.op, op]));
    expect(byOp['Gemm']).toMatchObject({ count: 1, gflops: expect.any(Number) });
    expect(byOp['Conv']?.gflops).toBeGreaterThan(0);
    expect(profile.ops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  it('asks for sizes that are free', async () => {
    const { model } = trace(small, { dims: {}, params: { kind: 'values', values: initParams(small.params, 1) } });
    await expect(profileGraph(model)).rejects.toMatchObject({ code: 'PROGRAM_INVALID', got: expect.stringMatching(/batch/) }); // prettier-ignore
    expect((await profileGraph(model, { dims: { batch: 1 }, rounds: 1, threads: 1 })).rounds).toBe(1);
  });

  const node = (op: string, inputs: number[][], output: number[], dur = 1): ProfileEvent => ({
    cat: 'Node',
    name: `${op}_kernel_time`,
    dur,
    args: {
      op_name: op,
      input_type_shape: inputs.map((float) => ({ float })),
      output_type_shape: [{ float: output }],
    },
  });

  it('counts multiplications and additions, also of packed and turned operands', () => {
    expect(flopsOf(node('MatMul', [[2, 3, 4], [4, 5]], [2, 3, 5]))).toBe(2 * 2 * 3 * 5 * 4); // prettier-ignore
    expect(flopsOf(node('Gemm', [[3, 4]], [3, 5]))).toBe(2 * 3 * 5 * 4);
    expect(flopsOf(node('FusedMatMul', [[4, 3], [4, 5]], [3, 5]))).toBe(2 * 3 * 5 * 4); // prettier-ignore
    expect(flopsOf(node('Conv', [[1, 3, 8, 8], [6, 3, 3, 3]], [1, 6, 6, 6]))).toBe(2 * 216 * 27); // prettier-ignore
    expect(flopsOf(node('Add', [[3], [3]], [3]))).toBe(0); // prettier-ignore
  });

  it('leaves the first run out and takes the median of the others', () => {
    const run = (dur: number): ProfileEvent => ({ cat: 'Session', name: 'model_run', dur, args: {} });
    const events = [900, 10, 30, 20].flatMap((us) => [node('Gemm', [[3, 4]], [3, 5], us / 2), run(us)]);
    const { rounds, medianMs, ops: [gemm] } = summarizeProfile(events); // prettier-ignore
    expect([rounds, medianMs, gemm!.count, gemm!.ms]).toEqual([3, 0.02, 1, 0.01]);
    expect(gemm!.gflops).toBeCloseTo(120 / 10 / 1000);
  });
});
