import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from './checkpoint.js';
import { checkpointSha256 } from './checkpoint.js';
import { createCheckpointStore } from './checkpoint-store.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-checkpoint-'));
});
afterEach(() => rm(folder, { recursive: true }));

const checkpoint = (total: number, value = total): Checkpoint => ({
  counters: { phase: 0, step: total, total },
  configHash: 'abc',
  state: {
    'param/w': { data: Float32Array.of(value, 2, 3, 4), shape: [2, 2], dtype: 'float32' },
    'm/w': { data: Float32Array.of(0, 0, value, 0), shape: [2, 2], dtype: 'float32' },
  },
});
const ignore = (): void => {};

describe('checkpoint store', () => {
  it('gives back what was saved and keeps the newest two', async () => {
    const store = createCheckpointStore({ folder, keep: 2 });
    for (const total of [5, 10, 15]) await store.save(checkpoint(total));
    expect(await readdir(folder)).toEqual(['step-00000010.safetensors', 'step-00000015.safetensors']);
    expect(await store.newest(() => 'abc', ignore)).toEqual(checkpoint(15));
  });

  it('falls back to the older one where the newest is cut off or altered', async () => {
    const store = createCheckpointStore({ folder, keep: 2 });
    await store.save(checkpoint(5));
    await store.save(checkpoint(10));
    const path = join(folder, 'step-00000010.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(path, bytes);
    const damage: string[] = [];
    expect(
      (
        await store.newest(
          () => 'abc',
          ({ code }) => damage.push(code),
        )
      )?.counters.total,
    ).toBe(5);
    await writeFile(path, bytes.subarray(0, bytes.length - 9));
    expect(
      (
        await store.newest(
          () => 'abc',
          ({ code }) => damage.push(code),
        )
      )?.counters.total,
    ).toBe(5);
    expect(damage).toEqual(['CHECKPOINT_DAMAGED', 'CHECKPOINT_DAMAGED']);
  });

  it('falls back wherever the newest is cut off, and says so', async () => {
    const store = createCheckpointStore({ folder, keep: 2 });
    await store.save(checkpoint(5));
    await store.save(checkpoint(10));
    const path = join(folder, 'step-00000010.safetensors');
    const bytes = await readFile(path);
    const cuts = Array.from({ length: 40 }, (_, i) => Math.floor((i * bytes.length) / 40));
    for (const cut of [...cuts, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, cut));
      const damage: string[] = [];
      const found = await store.newest(
        () => 'abc',
        ({ message }) => damage.push(message),
      );
      expect([found?.counters.total, damage.length]).toEqual([5, 1]);
      expect(damage[0]).toContain('step-00000010');
    }
  });

  it('refuses where all are damaged, and those of another config', async () => {
    const store = createCheckpointStore({ folder, keep: 2 });
    await store.save(checkpoint(5));
    await expect(store.newest(() => 'other', ignore)).rejects.toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
    await writeFile(join(folder, 'step-00000005.safetensors'), 'nothing');
    await expect(store.newest(() => 'abc', ignore)).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
  });

  it('loses nothing when a write breaks off or the disk is full', async () => {
    await createCheckpointStore({ folder, keep: 2 }).save(checkpoint(5));
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    for (const broken of ['temporary-written', 'before-rename'] as const) {
      const onMoment = (moment: string): void => {
        if (moment === broken) throw full;
      };
      const store = createCheckpointStore({ folder, keep: 2, onMoment });
      await expect(store.save(checkpoint(10))).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect((await store.newest(() => 'abc', ignore))?.counters.total).toBe(5);
    }
  });

  it('hashes weights, moments and counters', () => {
    const same = checkpointSha256(checkpoint(5));
    expect(checkpointSha256(checkpoint(5))).toBe(same);
    expect(checkpointSha256(checkpoint(5, 6))).not.toBe(same);
    expect(checkpointSha256({ ...checkpoint(5), counters: { phase: 1, step: 0, total: 5 } })).not.toBe(same);
  });
});
