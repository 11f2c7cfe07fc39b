import { describe, expect, it } from 'vitest';
import { linearModel, modelBytes } from '../../test-support/tiny-model.js';
import { createRuntime, type GraphSession, type Runtime } from './create-runtime.js';
import { createRuntimePool } from './runtime-pool.js';

const linear = { model: modelBytes(linearModel(2, 2)) };
const feeds = (k: number) => ({
  x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(k, 2 * k) },
  w: { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
});

/** Counts what a runtime is asked for; its runs end when they are told to. */
class FakeRuntime implements Runtime {
  loads = 0;
  released = 0;
  closed = false;
  readonly running: (() => void)[] = [];

  async load(): Promise<GraphSession> {
    this.loads += 1;
    const release = async () => void (this.released += 1);
    const run = async () => {
      await new Promise<void>((resolve) => this.running.push(resolve));
      return {};
    };
    return { inputs: [], outputs: [], provider: 'cpu', run, release, [Symbol.asyncDispose]: release };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  [Symbol.asyncDispose] = () => this.close();
}

function fakePool(size: number, maxWaiting = 8) {
  const made: FakeRuntime[] = [];
  const create = () => {
    const runtime = new FakeRuntime();
    made.push(runtime);
    return runtime;
  };
  return { pool: createRuntimePool({ size, maxWaiting }, create), made };
}

const settle = () => new Promise((done) => setImmediate(done));

describe('a pool of runtimes', () => {
  it('answers like one runtime', async () => {
    const direct = () => createRuntime({ mode: 'direct', threads: 1 });
    await using pool = createRuntimePool({ size: 2 }, direct);
    const session = await pool.load(linear);
    expect(session.inputs.map(({ name }) => name)).toEqual(['x', 'w']);
    const answers = await Promise.all([1, 2, 3, 4, 5].map((k) => session.run(feeds(k))));
    expect(answers.map(({ y }) => [...y!.data])).toEqual([1, 2, 3, 4, 5].map((k) => [7 * k, 10 * k]));
    await session.release();
    await expect(session.run(feeds(1))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  it('makes runtimes as they are needed, never more than its size, and opens a graph once in each', async () => {
    const { pool, made } = fakePool(2);
    const session = await pool.load({ model: 'one.onnx' });
    expect(made).toHaveLength(1);
    const runs = [1, 2, 3].map(() => session.run({}));
    await settle();
    expect(made.map(({ loads, running }) => [loads, running.length])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    for (const runtime of made) runtime.running.pop()?.();
    await settle();
    for (const runtime of made) runtime.running.pop()?.();
    await Promise.all(runs);
    await session.release();
    expect(made.map(({ released }) => released)).toEqual([1, 1]);
    await pool.close();
    expect(made.every(({ closed }) => closed)).toBe(true);
  });

  it('refuses a flood, forgets the aborted, drains at close', async () => {
    const { pool, made } = fakePool(1, 1);
    const session = await pool.load({ model: 'one.onnx' });
    const running = session.run({});
    const controller = new AbortController();
    const waiting = session.run({}, { signal: controller.signal });
    await expect(session.run({})).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    const last = expect(session.run({})).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await settle();
    const closing = pool.close();
    await last;
    expect(made[0]?.closed).toBe(false);
    made[0]?.running.pop()?.();
    await running;
    await closing;
    expect(made[0]?.closed).toBe(true);
  });
});
