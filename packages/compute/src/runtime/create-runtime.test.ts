import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { linearModel, modelBytes, slowModel } from '../../test-support/tiny-model.js';
import { createRuntime, runtimeOver, type Runtime } from './create-runtime.js';
import { loadOrt } from './ort.js';
import type { GraphTensor } from './protocol.js';
import { createWorkerTransport } from './worker-transport.js';

// Processes of their own start slowly where much else runs.
vi.setConfig({ testTimeout: 120_000 });

/** Runs a module in a fresh process, from inside this package. */
async function runScript(script: string): Promise<{ stdout: string; stderr: string }> {
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script];
  return promisify(execFile)(process.execPath, flags, { cwd: import.meta.dirname });
}

const matrix = (shape: number[], values: number[]): GraphTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
const feeds = () => ({ x: matrix([1, 2], [1, 2]), w: matrix([2, 2], [1, 2, 3, 4]) });
const linear = { model: modelBytes(linearModel(2, 2)) };
const slow = { model: modelBytes(slowModel(256, 24)) };
const slowFeeds = { x: { dtype: 'float32', shape: [256, 256], data: new Float32Array(65536) } };

describe.each(['worker', 'process', 'direct'] as const)('runtime in %s mode', (mode) => {
  let runtime: Runtime;
  beforeAll(() => {
    runtime = createRuntime({ mode, threads: 1 });
  });
  afterAll(() => runtime.close());

  it('runs several sessions and declares their inputs and outputs', async () => {
    const [first, second] = await Promise.all([runtime.load(linear), runtime.load(linear)]);
    expect(first.inputs).toEqual([
      { name: 'x', dtype: 'float32', dims: ['batch', 2] },
      { name: 'w', dtype: 'float32', dims: [2, 2] },
    ]);
    const answers = await Promise.all([first.run(feeds()), second.run(feeds(), { fetches: ['y'] })]);
    for (const { y } of answers) expect(y).toEqual(matrix([1, 2], [7, 10]));
    await first.release();
    await expect(first.run(feeds())).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  it('leaves the arrays of the caller whole, views of larger buffers included', async () => {
    const session = await runtime.load(linear);
    const large = Float32Array.of(9, 1, 2, 9);
    const given = { ...feeds(), x: { dtype: 'float32', shape: [1, 2], data: large.subarray(1, 3) } };
    await session.run(given);
    expect([...large]).toEqual([9, 1, 2, 9]);
    expect([...given.w.data]).toEqual([1, 2, 3, 4]);
  });

  it('gives right answers where runs follow each other and overlap', async () => {
    const session = await runtime.load(linear);
    const ask = (k: number) => session.run({ ...feeds(), x: matrix([1, 2], [k, 2 * k]) });
    for (const round of [1, 2, 3]) {
      const answers = await Promise.all([1, 2, 3, 4, 5].map((k) => ask(k * round)));
      expect(answers.map(({ y }) => [...y!.data])).toEqual([1, 2, 3, 4, 5].map((k) => [7 * k * round, 10 * k * round]));
    }
  });

  it('refuses feeds of another name, shape, type or length before they leave', async () => {
    const session = await runtime.load(linear);
    const refused = [
      { x: feeds().x },
      { ...feeds(), w: matrix([2, 3], [1, 2, 3, 4, 5, 6]) },
      { ...feeds(), w: { ...feeds().w, dtype: 'int32', data: new Int32Array(4) } },
      { ...feeds(), x: matrix([2, 2], [1]) },
      { ...feeds(), z: matrix([1, 2], [1, 2]) },
    ];
    for (const wrong of refused) await expect(session.run(wrong)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });

  it('says which graph does not load', async () => {
    await expect(runtime.load({ model: 'nowhere/none.onnx' })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await expect(runtime.load({ model: 'nowhere/none.onnx' })).rejects.toThrow('none.onnx');
  });

  it('rejects an aborted run at once and goes on with the next', async () => {
    const session = await runtime.load(slow);
    const controller = new AbortController();
    const started = performance.now();
    const runs = [1, 2, 3, 4].map(() => session.run(slowFeeds, { signal: controller.signal }));
    const last = session.run(slowFeeds);
    setTimeout(() => controller.abort(), 1);
    for (const run of runs) await run.catch((error) => expect(error).toMatchObject({ code: 'ABORTED' }));
    const aborted = performance.now() - started;
    expect((await last).y?.shape).toEqual([256, 256]);
    expect(aborted).toBeLessThan(performance.now() - started);
    await expect(session.run(slowFeeds, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('runtime over a worker', () => {
  it('leaves the event loop of the caller free while a graph runs', async () => {
    await using runtime = createRuntime({ threads: 1 });
    const session = await runtime.load({ model: modelBytes(slowModel(512, 24)) });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await session.run({ x: { dtype: 'float32', shape: [512, 512], data: new Float32Array(512 * 512) } });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it('takes buffers that the caller gives up', async () => {
    await using runtime = createRuntime({ threads: 1 });
    const session = await runtime.load(linear);
    const given = feeds();
    expect((await session.run(given, { giveInputs: true })).y?.data).toEqual(Float32Array.of(7, 10));
    expect(given.w.data.length).toBe(0);
  });

  it('waits at close for the run that has begun and refuses the others', async () => {
    const runtime = createRuntime({ threads: 1 });
    const session = await runtime.load(slow);
    const [running, waiting] = [session.run(slowFeeds), session.run(slowFeeds)];
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await runtime.close();
    await refused;
    expect((await running).y?.shape).toEqual([256, 256]);
    await expect(session.run(slowFeeds)).rejects.toThrow('closed');
  });

  it.each([
    ['throws', `setImmediate(() => { throw new Error('broken') })`, 'broken'],
    ['exits', `process.exit(3)`, 'code 3'],
  ])('turns a thread that %s into a coded error', async (_, action, message) => {
    const code = `require('node:worker_threads').parentPort.on('message', () => { ${action} })`;
    const runtime = runtimeOver(
      createWorkerTransport(() => new Worker(code, { eval: true })),
      'worker',
    );
    await expect(runtime.load(linear)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await expect(runtime.load(linear)).rejects.toThrow(message);
    await runtime.close();
  });
});

describe('the end of the process', () => {
  it('waits for the run that has begun instead of aborting', async () => {
    const script = `
      import { createRuntime } from '@sim4seg/compute/runtime';
      import { modelBytes, slowModel } from '../../test-support/tiny-model.ts';
      const session = await createRuntime({ threads: 1 }).load({ model: modelBytes(slowModel(256, 60)) });
      setImmediate(() => process.exit(0));
      await session.run({ x: { dtype: 'float32', shape: [256, 256], data: new Float32Array(65536) } });`;
    expect(await runScript(script)).toMatchObject({ stderr: '' });
  });
});

describe('the entries that run compiled graphs', () => {
  it('load neither tfjs nor the ONNX schema', async () => {
    const script = `
      for (const entry of ['runtime', 'bundle', 'node']) await import('@sim4seg/compute/' + entry);
      const { Session } = await import('node:inspector/promises');
      const session = new Session();
      session.connect();
      const urls = [];
      session.on('Debugger.scriptParsed', ({ params }) => urls.push(params.url));
      await session.post('Debugger.enable');
      console.log(JSON.stringify(urls));`;
    const { stdout } = await runScript(script);
    for (const entry of ['runtime', 'bundle', 'node']) expect(stdout).toContain(`compute/src/${entry}.ts`);
    expect(stdout).not.toMatch(/tensorflow|bufbuild|onnx_pb/);
  });

  it('starts its thread without loading core', async () => {
    const packages = new Set<string>();
    const files = new Set([new URL('./worker.ts', import.meta.url).href]);
    for (const file of files) {
      const source = await readFile(new URL(file), 'utf8');
      for (const [, name = ''] of source.matchAll(/^import (?!type)[^;]* from '([^']+)'/gm))
        if (name === '#ort') files.add(new URL('../platform/ort-node.ts', import.meta.url).href);
        else if (name.startsWith('.')) files.add(new URL(name.replace(/\.js$/, '.ts'), file).href);
        else packages.add(name);
    }
    expect([...packages].sort()).toEqual(['node:path', 'node:worker_threads']);
  });

  it('names the fix where ONNX Runtime is absent', async () => {
    await expect(loadOrt('onnxruntime-absent')).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
    await expect(loadOrt('onnxruntime-absent')).rejects.toThrow('npm install onnxruntime-node');
  });
});
