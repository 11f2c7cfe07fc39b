import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectWeights } from './inspect-weights.js';
import { locateWeights } from './locate-weights.js';
import { openWeights } from './open-weights.js';

const torchFile = fileURLToPath(new URL('../../../testing/fixtures/torch-pickle/tiny/rich.zip.pth', import.meta.url));
const shards = ['pytorch_model-00001-of-00002.bin', 'pytorch_model-00002-of-00002.bin'] as const;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-shards-'));
  for (const shard of shards) await cp(torchFile, join(folder, shard));
  await writeIndex({ 'state_dict/weight': shards[0], 'state_dict/bias': shards[1] });
});
afterEach(() => rm(folder, { recursive: true }));

const writeIndex = (map: Record<string, string>) =>
  writeFile(join(folder, 'pytorch_model.bin.index.json'), JSON.stringify({ weight_map: map }));

describe('several files of torch.save', () => {
  it('are read, described and located as one', async () => {
    await using reader = await openWeights(folder);
    expect(reader.format).toBe('torch-sharded');
    expect([...reader.entries.keys()]).toEqual(['state_dict/weight', 'state_dict/bias']);
    expect((await reader.read('state_dict/bias')).shape).toEqual(reader.entries.get('state_dict/bias')?.shape);
    const { tensors } = await inspectWeights(folder);
    expect(tensors.map(({ file }) => file)).toEqual(shards);
    expect((await locateWeights(folder)).entries.get('state_dict/bias')?.location).toBe(shards[1]);
  });

  it.each([
    ['lacks', () => rm(join(folder, shards[1])), 'WEIGHTS_INVALID', shards[1]],
    ['cuts off', () => truncate(join(folder, shards[1]), 300), 'WEIGHTS_INVALID', shards[1]],
    ['disagrees with', () => writeIndex({ other: shards[1] }), 'WEIGHTS_INVALID', shards[1]],
    ['leaves the folder for', () => writeIndex({ weight: `../${shards[1]}` }), 'PATH_OUTSIDE', shards[1]],
  ])('are refused where the set %s a file', async (_, damage, code, named) => {
    await damage();
    await expect(openWeights(folder)).rejects.toMatchObject({ code });
    await expect(openWeights(folder)).rejects.toThrow(named);
  });
});
