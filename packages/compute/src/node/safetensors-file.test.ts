import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensorsFile, writeSafetensorsFile } from './safetensors-file.js';
import { writeFileAtomic, type WriteMoment } from './write-atomic.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const tensors = {
  bias: { dtype: 'int64', shape: [1], data: BigInt64Array.of(9n) },
  weight: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) },
};

describe('safetensors files', () => {
  it('reads single tensors of a written file', async () => {
    const path = join(folder, 'w.safetensors');
    await writeSafetensorsFile(path, tensors, { metadata: { format: 'pt' } });
    await using file = await openSafetensors(path);
    expect(await file.read('weight')).toEqual(tensors.weight);
    expect(file.metadata).toEqual({ format: 'pt' });
    await expect(file.read('other')).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    const some = await readSafetensorsFile(path, (name) => name === 'bias');
    expect(Object.keys(some.tensors)).toEqual(['bias']);
  });

  it('names the file that is absent or cut off', async () => {
    const path = join(folder, 'w.safetensors');
    await expect(openSafetensors(path)).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    await writeSafetensorsFile(path, tensors);
    await truncate(path, 60);
    await expect(readSafetensorsFile(path)).rejects.toThrow(path);
  });
});

describe('writeFileAtomic', () => {
  it('replaces a file, tells its moments in order and leaves nothing else behind', async () => {
    const path = join(folder, 'a.txt');
    const moments: WriteMoment[] = [];
    await writeFile(path, 'old');
    await writeFileAtomic(path, 'new', { onMoment: (moment) => void moments.push(moment) });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(moments).toEqual(['temporary-written', 'before-rename', 'after-rename']);
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it.each(['temporary-written', 'before-rename'] as const)('keeps the old file where it ends at %s', async (stop) => {
    const path = join(folder, 'a.txt');
    await writeFile(path, 'old');
    const onMoment = (moment: WriteMoment) => {
      if (moment === stop) throw new Error('stopped');
    };
    await expect(writeFileAtomic(path, 'new', { onMoment })).rejects.toThrow('stopped');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('says what to do where the folder is missing', async () => {
    await expect(writeFileAtomic(join(folder, 'none', 'a.txt'), 'x')).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });

  it('tells a full disk apart', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const onMoment = () => Promise.reject(full);
    await expect(writeFileAtomic(join(folder, 'a'), 'x', { onMoment })).rejects.toMatchObject({ code: 'DISK_FULL' });
  });
});
