import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { someValue, worstError } from '../../test-support/compare.js';
import { compile, defineProgram, initParams, kernelRuns, ops, toHalf, writeSafetensors } from '../index.js';
import { loadOrt } from '../runtime/ort.js';
import type { EngineAnnouncement } from '../session/announcement.js';
import { compileWith } from './compile.js';

const program = defineProgram({
  name: 'gate',
  params: { weight: [6, 'width'], bias: [6] },
  inputs: { x: ['rows', 'width'] },
  outputs: { y: ['rows', 6] },
  run: (p, { x }) => ({ y: ops.gelu(ops.linear(x, p.weight, p.bias)) }),
});
const dims = { rows: 5, width: 4 };
const params = initParams(program.params, 1, dims);
const inputs = { x: someValue([5, 4], 7) };
const absent = () => loadOrt('onnxruntime-absent');

function listener(): { heard: EngineAnnouncement[]; onAnnounce: (one: EngineAnnouncement) => void } {
  const heard: EngineAnnouncement[] = [];
  return { heard, onAnnounce: (one) => void heard.push(one) };
}

describe('a session of the eager engine', () => {
  it.each(['wasm', 'cpu'])('has the face and the numbers of a compiled one on %s', async (backend) => {
    await using compiled = await compile(program, { dims });
    await using eager = await compile(program, { dims, engine: 'eager', backend });
    expect([compiled.engine, eager.engine]).toEqual([
      { name: 'ort', provider: 'cpu' },
      { name: 'eager', backend },
    ]);
    expect(eager.graph.inputs).toEqual(compiled.graph.inputs);
    const [a, b] = [await compiled.run(params, inputs), await eager.run(params, inputs)];
    expect(worstError(b.y, a.y)).toBeLessThan(1e-5);
  });

  it('binds values, and weights of a file in half floats', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sim4seg-eager-'));
    const path = join(folder, 'weights.safetensors');
    const halves = Object.entries(params).map(([name, { data, shape }]) => {
      return [name, { data: toHalf(data as Float32Array), shape, dtype: 'float16' }] as const;
    });
    await writeFile(path, writeSafetensors(Object.fromEntries(halves)));
    await using compiled = await compile(program, { dims, weights: params });
    for (const [weights, tolerance] of [
      [params, 1e-5],
      [path, 2e-3],
    ] as const) {
      await using eager = await compile(program, { dims, weights, engine: 'eager' });
      expect(worstError((await eager.run(inputs)).y, (await compiled.run(inputs)).y)).toBeLessThan(tolerance);
    }
    await rm(folder, { recursive: true });
  });

  it('refuses what does not fit, as a compiled one', async () => {
    await using eager = await compile(program, { dims, weights: params, engine: 'eager' });
    await expect(eager.run({ x: someValue([4, 4]) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(eager.run({})).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    const { bias: _, ...incomplete } = params;
    const opening = compile(program, { dims, weights: incomplete, engine: 'eager' });
    await expect(opening).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });
});

describe('without ONNX Runtime', () => {
  it('compile says what to install', async () => {
    const { heard, onAnnounce } = listener();
    const opening = compileWith(program, { dims, session: { onAnnounce } }, absent);
    await expect(opening).rejects.toMatchObject({ code: 'ENGINE_MISSING', fix: /npm install onnxruntime-node/ });
    expect(heard).toEqual([]);
  });

  it('the eager engine answers where the caller allows it, and that is announced', async () => {
    const { heard, onAnnounce } = listener();
    const session = await compileWith(program, { dims, engine: 'ort-or-eager', session: { onAnnounce } }, absent);
    expect(session.engine).toEqual({ name: 'eager', backend: 'wasm' });
    expect(heard).toMatchObject([{ type: 'engine-replaced', fix: /npm install onnxruntime-node/ }]);
    await using compiled = await compile(program, { dims });
    const expected = await compiled.run(params, inputs);
    expect(worstError((await session.run(params, inputs))['y']!, expected.y)).toBeLessThan(1e-5);
  });

  it('the same holds for a process in which the package is not found', async () => {
    const script = `
      import { compile, defineProgram, ops } from '@sim4seg/compute';
      const program = defineProgram({ name: 'twice', inputs: { x: [2] }, outputs: { y: [2] },
        run: (_, { x }) => ({ y: ops.mul(x, 2) }) });
      const heard = [];
      const onAnnounce = ({ type }) => heard.push(type);
      const code = await compile(program).catch((error) => error.code);
      const session = await compile(program, { engine: 'ort-or-eager', session: { onAnnounce } });
      const { y } = await session.run({ x: { data: Float32Array.of(1, 2), shape: [2], dtype: 'float32' } });
      console.log(JSON.stringify({ code, heard, engine: session.engine, y: [...y.data] }));`;
    const hook = pathToFileURL(join(import.meta.dirname, '../../test-support/absent/without-onnxruntime.mjs')).href;
    const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--import', hook, '--input-type=module', '-e'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], { cwd: import.meta.dirname });
    expect(JSON.parse(stdout)).toEqual({
      code: 'ENGINE_MISSING',
      heard: ['engine-replaced'],
      engine: { name: 'eager', backend: 'wasm' },
      y: [2, 4],
    });
  }, 90_000);

  it('nothing is replaced where it is installed: no kernel of tfjs runs', async () => {
    const { heard, onAnnounce } = listener();
    await using session = await compile(program, { dims, engine: 'ort-or-eager', session: { onAnnounce } });
    const before = kernelRuns();
    await session.run(params, inputs);
    expect([session.engine.name, kernelRuns() - before, heard]).toEqual(['ort', 0, []]);
  });
});
