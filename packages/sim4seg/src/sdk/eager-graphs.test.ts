import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineConfig } from '@sim4seg/core';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeUntrainedBundle } from '../../test/untrained-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-eager-'));
  await writeUntrainedBundle(folder);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const open = (engine: EngineConfig) => createSim4Seg({ bundle: folder, engine: engine as never });

it.each(['cpu', 'wasm'] as const)('tfjs on %s says what ONNX Runtime says', async (backend) => {
  const image = await encodePng(makePhantom('dermoscopy', 3, { split: 'val' }).picture);
  const question = 'Is there a skin lesion in this image? Outline it.';
  await using compiled = await open({ use: 'ort', providers: ['cpu'] });
  await using eager = await open({ use: 'tfjs', backend });
  const [a, b] = [
    await compiled.diagnose({ image, question }).result(),
    await eager.diagnose({ image, question }).result(),
  ];
  expect(b.answer.paths.map(({ tokenIds }) => tokenIds)).toEqual(a.answer.paths.map(({ tokenIds }) => tokenIds));
  expect(b.answer.presentProb).toBeCloseTo(a.answer.presentProb, 3);
  expect(b.record.run.config['engine']).toEqual({ use: 'tfjs', backend });
});

it('names the package of a back end that is not installed', async () => {
  await expect(open({ use: 'tfjs', backend: 'tensorflow' })).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
  await expect(open({ use: 'tfjs', backend: 'tensorflow' })).rejects.toThrow('npm install @tensorflow/tfjs-node');
});
