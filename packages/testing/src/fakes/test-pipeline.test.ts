import { definePlugin, maskArea, services } from '@sim4seg/core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { expectConform } from '../conform/conform.js';
import { FAKE_PLUGINS, fakePlugin } from './fake-plugins.js';
import { fakeImage, zeros } from './small-world.js';
import { startTestPipeline } from './test-pipeline.js';

const rowsPrior = definePlugin({
  id: 'rows',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: z.strictObject({ rows: z.int().min(0).max(8).default(8) }),
  create: ({ options }) => ({
    capabilities: { needsSegEmbeddings: false },
    promptsFor: ({ promptSide }) => {
      const mask = zeros(1, 1, promptSide, promptSide);
      mask.data.fill(-1).fill(1, 0, options.rows * promptSide);
      return { prompts: { mask }, similarity: null, cells: null };
    },
  }),
});

it('starts a pipeline of fakes that answers', async () => {
  await using pipeline = await startTestPipeline();
  const answer = await pipeline.answer();
  expect([answer.presence, pipeline.scope.parts.length]).toEqual(['present', 7]);
});

it('puts one plugin among fakes, with options by config', async () => {
  const areas: number[] = [];
  for (const rows of [1, 8]) {
    await using pipeline = await startTestPipeline({ plugins: [rowsPrior], config: { regionPrior: { rows } } });
    const { maskBits } = await pipeline.answer({ image: fakeImage({ widthPx: 8 }) });
    areas.push(maskBits ? maskArea(maskBits) : 0);
  }
  expect(areas[0]).toBeLessThan(areas[1] ?? 0);
});

it('says what a plugin needs and nobody provides', async () => {
  const needy = definePlugin({ ...rowsPrior, needs: { bundle: services.bundle } });
  await expect(startTestPipeline({ plugins: [needy] })).rejects.toMatchObject({ code: 'WIRING' });
});

it('disposes the parts where sizes do not fit', async () => {
  const log: string[] = [];
  const wrong = fakePlugin(
    services.imageEncoder,
    () => ({
      sizes: { inputSidePx: 8, embeddingChannels: 99, embeddingSide: 2, named: {} },
      encode: () => Promise.reject(new Error('never asked')),
      dispose: () => void log.push('disposed'),
    }),
    'wrong',
  );
  await expect(startTestPipeline({ plugins: [wrong] })).rejects.toMatchObject({ code: 'WIRING' });
  expect(log).toEqual(['disposed']);
});

it('publishes fakes that conform', async () => {
  for (const [kind, plugin] of Object.entries(FAKE_PLUGINS)) {
    if (kind !== 'importer') await expectConform(kind as keyof typeof FAKE_PLUGINS, plugin);
  }
});
