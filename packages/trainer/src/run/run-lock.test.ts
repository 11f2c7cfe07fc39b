import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockRun } from './run-lock.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('lock of a run folder', () => {
  it('refuses a second trainer and is free again afterwards', async () => {
    const path = join(folder, 'lock');
    const lock = await lockRun(path);
    await expect(lockRun(path)).rejects.toMatchObject({
      code: 'USAGE',
      got: expect.stringContaining(`${process.pid}`),
    });
    await lock.release();
    expect(existsSync(path)).toBe(false);
    await (await lockRun(path)).release();
  });

  it('takes over the lock of a process that was killed, and one that breaks off in the middle', async () => {
    const path = join(folder, 'lock');
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'close');
    for (const left of [JSON.stringify({ pid: gone.pid, startedTicks: null }), '{"pi', '']) {
      await writeFile(path, left);
      await (await lockRun(path)).release();
    }
  });

  it('is not fooled by a process number that was given again', async () => {
    if (!existsSync('/proc/self/stat')) return;
    const path = join(folder, 'lock');
    await writeFile(path, JSON.stringify({ pid: process.pid, startedTicks: '1' }));
    await (await lockRun(path)).release();
  });

  it('says that a folder cannot be written', async () => {
    await expect(lockRun(join(folder, 'missing', 'lock'))).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });
});
