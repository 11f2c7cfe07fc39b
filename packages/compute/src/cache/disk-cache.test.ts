import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { linearGraph, linearModel, modelBytes } from '../../test-support/tiny-model.js';
import { createRuntime } from '../runtime/create-runtime.js';
import type { EngineAnnouncement } from '../session/announcement.js';
import { createOrtSession, fromOrtTensor } from '../session/ort-session.js';
import type { InProcessSession, OrtSessionOptions } from '../session/ort-session.js';
import { evictOldest } from './evict.js';
import { readSealed } from './sealed-file.js';

// Processes of their own start slowly where much else runs.
vi.setConfig({ testTimeout: 120_000 });

let root = '';
let folder = '';
let heard: EngineAnnouncement[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-cache-'));
  folder = join(root, 'cache');
  heard = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const onAnnounce = (announcement: EngineAnnouncement) => void heard.push(announcement);
const open = (columns = 2, options: OrtSessionOptions = {}) =>
  createOrtSession(modelBytes(linearModel(2, columns)), { cacheFolder: folder, onAnnounce, ...options });

async function expectWorks(session: InProcessSession): Promise<void> {
  const x = session.toOrt({ dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) });
  const w = session.toOrt({ dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) });
  const { y } = await session.native.run({ x, w });
  expect(fromOrtTensor(y!).data).toEqual(Float32Array.of(7, 10));
  await session.release();
}

const entries = () => readdir(folder);
const onlyEntry = async () => join(folder, (await entries())[0]!);

describe('the cache of optimised graphs', () => {
  it('keeps one complete file a graph and opens it the next time', async () => {
    await expectWorks(await open());
    expect(await entries()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.onnx$/)]);
    const written = await stat(await onlyEntry());
    await expectWorks(await open());
    expect(await entries()).toHaveLength(1);
    expect((await stat(await onlyEntry())).ino).toBe(written.ino);
    expect(heard).toEqual([]);
  });

  it('tells graphs, settings and runtimes apart', async () => {
    await (await open(2)).release();
    await (await open(3)).release();
    await (await open(3, { graphOptimizationLevel: 'basic' })).release();
    await (await open(3, { config: { 'session.set_denormal_as_zero': '1' } })).release();
    expect(await entries()).toHaveLength(4);
  });

  it.each([
    ['cut off', (path: string) => truncate(path, 40)],
    ['empty', (path: string) => truncate(path, 0)],
    ['changed', async (path: string) => writeFile(path, (await readFile(path)).fill(7, 10, 12))],
    [
      'changed where the runtime does not see it',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes.write('X', bytes.indexOf('product'));
        await writeFile(path, bytes);
      },
    ],
  ])('compiles again and replaces an entry that is %s', async (_, damage) => {
    await expectWorks(await open());
    const path = await onlyEntry();
    const whole = await readFile(path);
    await damage(path);
    await expectWorks(await open());
    expect(await readFile(path)).toEqual(whole);
    expect(await entries()).toHaveLength(1);
    expect(heard).toEqual([]);
  });

  it('finds the weights beside the graph, and sees when they change', async () => {
    const place = { location: 'weights.bin', offset: 0, length: 16 };
    const graph = linearGraph({ place, shape: [2, 2], dtype: 'float32' });
    const file = join(root, 'weights.bin');
    const ask = async () => {
      await using session = await createOrtSession(graph, { cacheFolder: folder, externalFolder: root });
      const x = session.toOrt({ dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) });
      return [...fromOrtTensor((await session.native.run({ x }))['y']!).data];
    };
    await writeFile(file, new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
    expect([await ask(), await ask()]).toEqual([
      [7, 10],
      [7, 10],
    ]);
    expect(await entries()).toHaveLength(1);
    await writeFile(file, new Uint8Array(Float32Array.of(2, 2, 3, 4).buffer));
    await utimes(file, 1, 1);
    expect(await ask()).toEqual([8, 10]);
  });

  it('serves a runtime in a thread', async () => {
    for (const _ of [1, 2]) {
      await using runtime = createRuntime({ cacheFolder: folder, threads: 1, onAnnounce });
      await runtime.load({ model: modelBytes(linearModel(2, 2)) });
    }
    expect(await entries()).toHaveLength(1);
  });

  it('does not keep a graph that does not load', async () => {
    const opening = createOrtSession(new Uint8Array([1, 2, 3]), { cacheFolder: folder, onAnnounce });
    await expect(opening).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    expect(await entries()).toEqual([]);
    expect(heard).toEqual([]);
  });
});

describe('a cache folder that cannot be used', () => {
  it('is announced, and graphs are compiled all the same', async () => {
    await writeFile(join(root, 'file'), '');
    const cacheFolder = join(root, 'file', 'cache');
    await expectWorks(await open(2, { cacheFolder }));
    expect(heard).toMatchObject([{ type: 'cache-unused', got: expect.stringContaining('ENOTDIR') }]);
  });

  /** Opens one graph in a process of its own and prints what was announced. */
  const script = `
    import { modelBytes, linearModel } from '../../test-support/tiny-model.ts';
    import { createOrtSession } from '../session/ort-session.ts';
    const heard = [];
    if (process.argv[2] && process.getuid() === 0) process.setuid(Number(process.argv[2]));
    const onAnnounce = ({ type, got }) => heard.push({ type, got });
    const session = await createOrtSession(modelBytes(linearModel(2, 2)), { cacheFolder: process.argv[1], onAnnounce });
    await session.release();
    console.log(JSON.stringify(heard));`;
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script, '--'];
  const run = async (command: string, args: string[]) => {
    const { stdout } = await promisify(execFile)(command, args, { cwd: import.meta.dirname });
    return JSON.parse(stdout.trim()) as EngineAnnouncement[];
  };

  it.skipIf(process.platform === 'win32')('because it may only be read', async () => {
    await chmod(root, 0o755);
    await (await open()).release();
    await rm(await onlyEntry());
    await chmod(folder, 0o555);
    const said = await run(process.execPath, [...flags, folder, '65534']);
    expect(said).toMatchObject([{ type: 'cache-unused', got: expect.stringContaining('EACCES') }]);
    await chmod(folder, 0o755);
    expect(await entries()).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('because it is full', async () => {
    // No file may grow: what a full disk says, without filling one.
    const limited = `ulimit -f 0; exec "$0" "$@"`;
    const said = await run('bash', ['-c', limited, process.execPath, ...flags, folder]);
    expect(said).toMatchObject([{ type: 'cache-unused' }]);
    expect(await entries()).toEqual([]);
  });

  it('is shared by processes that compile one graph at once', async () => {
    const both = await Promise.all([1, 2, 3].map(() => run(process.execPath, [...flags, folder])));
    expect(both).toEqual([[], [], []]);
    expect(await entries()).toHaveLength(1);
    expect(await readSealed(await onlyEntry())).not.toBeNull();
  });
});

describe('the size of the cache', () => {
  it('is bounded: what was used longest ago leaves first', async () => {
    for (const columns of [2, 3, 4]) await (await open(columns)).release();
    const paths = (await entries()).map((name) => join(folder, name));
    const [oldest, ...younger] = paths as [string, string, string];
    await utimes(oldest, 1000, 1000);
    const bytes = (await Promise.all(younger.map((path) => stat(path)))).reduce((sum, { size }) => sum + size, 0);
    await evictOldest(folder, bytes);
    expect((await entries()).map((name) => join(folder, name)).sort()).toEqual([...younger].sort());
  });

  it('is kept when entries are written', async () => {
    for (const columns of [2, 3, 4]) await (await open(columns, { cacheLimitBytes: 1 })).release();
    expect(await entries()).toEqual([]);
  });

  it('does not count what a process left that is gone, and removes it', async () => {
    await (await open()).release();
    const [left, fresh] = [join(folder, 'a.onnx.1.ff.tmp'), join(folder, 'b.onnx.1.ff.tmp')];
    for (const path of [left, fresh]) await writeFile(path, 'x');
    await utimes(left, 1000, 1000);
    await evictOldest(folder, 2 ** 30);
    expect(await entries()).toHaveLength(2);
    expect(await entries()).toContain('b.onnx.1.ff.tmp');
  });
});
