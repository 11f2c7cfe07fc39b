import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFrames, writeFrames } from './frame-file.js';
import { loadPhantomFrames } from './phantom-frames.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-frames-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('frame file', () => {
  it('gives back the frames it was given, for the same data only', async () => {
    const path = join(folder, 'frames.bin');
    const frames = loadPhantomFrames({ use: 'phantoms', kind: 'breast-ultrasound', n: 2, seed: 1, weight: 1 }, 64);
    expect(await readFrames(path, 'a')).toBeNull();
    await writeFrames(path, 'a', [frames, []]);
    const read = await readFrames(path, 'a');
    expect(read?.[1]).toEqual([]);
    read?.[0]?.forEach((frame, i) => {
      expect({ ...frame, pixels: 0, mask: 0 }).toEqual({ ...frames[i], pixels: 0, mask: 0 });
      expect(Buffer.compare(frame.pixels, frames[i]!.pixels)).toBe(0);
      expect(Buffer.compare(frame.mask, frames[i]!.mask)).toBe(0);
    });
    expect(await readFrames(path, 'b')).toBeNull();
  });
});
