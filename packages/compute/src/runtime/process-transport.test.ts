import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { linearModel, modelBytes, slowModel } from '../../test-support/tiny-model.js';
import type { EngineAnnouncement } from '../session/announcement.js';
import { runtimeOver, type Runtime } from './create-runtime.js';
import { createProcessTransport } from './process-transport.js';
import { startSessionProcess, type SessionProcess } from './session-process.js';

// Processes of their own start slowly where much else runs.
vi.setConfig({ testTimeout: 120_000 });

const linear = { model: modelBytes(linearModel(2, 2)) };
const feeds = {
  x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) },
  w: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
};
/** A run of about a second, long enough to be ended while it goes on. */
const slow = { model: modelBytes(slowModel(512, 150)) };
const slowFeeds = { x: { dtype: 'float32', shape: [512, 512], data: new Float32Array(512 * 512) } };

let processes: SessionProcess[] = [];
let heard: EngineAnnouncement[] = [];
let runtime: Runtime | undefined;

function open(graceMs = 50): Runtime {
  [processes, heard] = [[], []];
  const start = () => {
    const started = startSessionProcess();
    processes.push(started);
    return started;
  };
  const announce = (announcement: EngineAnnouncement) => void heard.push(announcement);
  runtime = runtimeOver(createProcessTransport({ start, announce, graceMs }), 'process', { threads: 1 });
  return runtime;
}

afterEach(() => runtime?.close());

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a runtime in a child process', () => {
  it.each(['SIGKILL', 'SIGSEGV', 'SIGABRT'] as const)(
    'turns %s during a run into an error and goes on',
    async (signal) => {
      const opened = open();
      const [long, short] = [await opened.load(slow), await opened.load(linear)];
      const running = long.run(slowFeeds);
      setTimeout(() => process.kill(processes[0]!.pid!, signal), 20);
      await expect(running).rejects.toMatchObject({ code: 'ENGINE_FAILED', got: expect.stringContaining(signal) });
      expect((await short.run(feeds)).y?.data).toEqual(Float32Array.of(7, 10));
      expect(processes).toHaveLength(2);
      expect(heard).toMatchObject([{ type: 'engine-restarted' }]);
    },
  );

  it('starts again after a process that ended while nothing ran', async () => {
    const opened = open();
    const session = await opened.load(linear);
    process.kill(processes[0]!.pid!, 'SIGKILL');
    await pause(100);
    expect((await session.run(feeds)).y?.data).toEqual(Float32Array.of(7, 10));
    await session.release();
    await expect(session.run(feeds)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  it('rejects an aborted run at once and ends the process that goes on with it', async () => {
    const opened = open();
    const [long, short] = [await opened.load(slow), await opened.load(linear)];
    const controller = new AbortController();
    const running = long.run(slowFeeds, { signal: controller.signal });
    running.catch(() => undefined);
    const next = short.run(feeds);
    await pause(20);
    controller.abort();
    const settled = await Promise.race([running.catch((error: unknown) => error), pause(0)]);
    expect(settled).toMatchObject({ code: 'ABORTED' });
    expect((await next).y?.data).toEqual(Float32Array.of(7, 10));
    expect(processes).toHaveLength(2);
    expect(processes[0]?.gone).toBeDefined();
    expect(heard).toEqual([]);
  });

  it('lets a run end that is nearly done, and keeps its process', async () => {
    const opened = open(60_000);
    const session = await opened.load(slow);
    const controller = new AbortController();
    const running = session.run(slowFeeds, { signal: controller.signal });
    running.catch(() => undefined);
    await pause(20);
    controller.abort();
    expect((await (await opened.load(linear)).run(feeds)).y?.data).toEqual(Float32Array.of(7, 10));
    expect(processes).toHaveLength(1);
  });

  it('reports a graph that needs more memory than there is, and lives on', async () => {
    const opened = open();
    const session = await opened.load({ model: modelBytes(linearModel(1, 2 ** 20)) });
    const column = { dtype: 'float32', shape: [2 ** 22, 1], data: new Float32Array(2 ** 22) };
    const row = { dtype: 'float32', shape: [1, 2 ** 20], data: new Float32Array(2 ** 20) };
    await expect(session.run({ x: column, w: row })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expect((await (await opened.load(linear)).run(feeds)).y?.data).toEqual(Float32Array.of(7, 10));
  });

  it('says what a process that does not start said last', async () => {
    const broken = () =>
      startSessionProcess(() =>
        spawn(process.execPath, ['-e', 'console.error("no library"); process.exit(3)'], {
          stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        }),
      );
    runtime = runtimeOver(createProcessTransport({ start: broken, announce: () => {} }), 'process');
    await expect(runtime.load(linear)).rejects.toMatchObject({ code: 'ENGINE_FAILED', got: /code 3.*no library/s });
  });

  it('ends with the runtime', async () => {
    const opened = open();
    await opened.load(linear);
    await opened.close();
    expect(isAlive(processes[0]!.pid!)).toBe(false);
  });
});

describe('the end of the caller', () => {
  const script = `
    import { runtimeOver } from './create-runtime.ts';
    import { createProcessTransport } from './process-transport.ts';
    import { startSessionProcess } from './session-process.ts';
    import { modelBytes, slowModel } from '../../test-support/tiny-model.ts';
    const child = startSessionProcess();
    const runtime = runtimeOver(createProcessTransport({ start: () => child }), 'process', { threads: 1 });
    const session = await runtime.load({ model: modelBytes(slowModel(512, 4000)) });
    const x = { dtype: 'float32', shape: [512, 512], data: new Float32Array(512 * 512) };
    const running = session.run({ x });
    setTimeout(() => console.log(child.pid), 50);
    await running;`;
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script];

  it('by a signal takes a process along that is in the middle of a run', async () => {
    const caller = spawn(process.execPath, flags, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = (await once(caller.stdout, 'data')) as [Buffer];
    const child = Number(String(printed).trim());
    expect(isAlive(child)).toBe(true);
    caller.kill('SIGKILL');
    for (let tries = 0; isAlive(child) && tries < 50; tries += 1) await pause(100);
    expect(isAlive(child)).toBe(false);
  });

  it('comes by itself: an idle process does not hold it', async () => {
    const idle = `
      import { createRuntime } from '@sim4seg/compute/runtime';
      import { modelBytes, linearModel } from '../../test-support/tiny-model.ts';
      await createRuntime({ mode: 'process', threads: 1 }).load({ model: modelBytes(linearModel(2, 2)) });`;
    const run = promisify(execFile)(process.execPath, [...flags.slice(0, -1), idle], { cwd: import.meta.dirname });
    expect(await run).toMatchObject({ stderr: '' });
  });
});
