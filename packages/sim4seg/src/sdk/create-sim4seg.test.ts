import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, services } from '@sim4seg/core';
import type { PipelineEvent } from '@sim4seg/core';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testBundle } from '../../test/test-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';
import type { Sim4Seg } from './create-sim4seg.js';

const question = 'Is there a breast lesion in this ultrasound? Outline it.';

/** A region prior of one's own; what it gives is a box over the whole image. */
const wholeImage = definePlugin({
  id: 'whole-image',
  contractVersion: '1',
  needs: {},
  provides: services.regionPrior,
  optionsSchema: z.strictObject({}),
  create: () => ({
    capabilities: { needsSegEmbeddings: false },
    promptsFor: ({ frame }) => ({
      prompts: { boxes: { data: Float32Array.of(0, 0, frame.contentWidthPx, frame.contentHeightPx), shape: [1, 4] } },
      similarity: null,
      cells: null,
    }),
  }),
});

describe('createSim4Seg', () => {
  let folder = '';
  let bundle = '';
  let image: Uint8Array;
  let sim4seg: Sim4Seg;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-sdk-'));
    bundle = await testBundle(folder);
    image = await encodePng(makePhantom('breast-ultrasound', 9, { split: 'val' }).picture);
    sim4seg = await createSim4Seg({ bundle }, { plugins: [wholeImage] });
  }, 60_000);
  afterAll(async () => {
    await sim4seg.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('streams the reasoning and ends with an answer and its record', async () => {
    const answer = sim4seg.diagnose({ image, question, seed: 4 });
    const events: PipelineEvent[] = [];
    for await (const event of answer) events.push(event);
    const { reasoning, record, confidence, notice } = await answer.result();
    const streamed = events.map((event) => (event.type === 'token' && event.path === 0 ? event.text : '')).join('');
    expect(streamed).toBe(reasoning);
    expect(events.at(-1)?.type).toBe('done');
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect([record.run.seed, record.notice, record.run.plugins.every(({ version }) => version !== null)]).toEqual([
      4,
      notice,
      true,
    ]);
  });

  it('changes a part for one answer by config alone, without reading the image again', async () => {
    const first = await sim4seg.diagnose({ image, question }).result();
    const second = await sim4seg
      .diagnose({ image, question, config: { regionPrior: { use: 'whole-image' } } })
      .result();
    expect(second.record.run.plugins.find(({ part }) => part === 'regionPrior')?.id).toBe('whole-image');
    expect(second.reasoning).toBe(first.reasoning);
    expect(second.answer.timings.sampleMs).toBeLessThan(first.answer.timings.sampleMs + 50);
  });

  it('does not shift earlier paths when one is added', async () => {
    const texts = async (paths: number) => {
      const { answer } = await sim4seg.diagnose({ image, question, seed: 11, tts: { paths } }).result();
      return answer.paths.map(({ text }) => text);
    };
    const [three, four] = [await texts(3), await texts(4)];
    expect(four.slice(0, 3)).toEqual(three);
  });

  it('stops when the caller aborts, and answers the next question', async () => {
    const controller = new AbortController();
    const answer = sim4seg.diagnose({ image, question: `${question} Now.`, signal: controller.signal });
    controller.abort();
    await expect(answer.result()).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(sim4seg.diagnose({ image, question: `${question} Now.` }).result()).resolves.toBeDefined();
  });

  it('takes plugins from the config file folder, refuses them twice and of another contract', async () => {
    const prior = (id: string, version: string): string =>
      `import { definePlugin, services } from '@sim4seg/core';
       export const it = definePlugin({ id: '${id}', contractVersion: '${version}', needs: {}, provides: services.regionPrior,
         optionsSchema: { safeParse: (data) => ({ success: true, data }) }, create: () => null });`;
    // Inside the workspace, so that the plugin finds the packages it imports.
    const home = join(import.meta.dirname, '../../test/.plugins');
    await mkdir(home, { recursive: true });
    try {
      await writeFile(join(home, 'own.mjs'), prior('own-prior', '1'));
      await writeFile(join(home, 'twice.mjs'), prior('topCells', '1'));
      await writeFile(join(home, 'later.mjs'), prior('later', '7'));
      const open = (plugins: string[]) => createSim4Seg({ bundle, plugins }, { folder: home });
      await using own = await open(['./own.mjs']);
      expect(own.plugins.map(({ id }) => id)).toContain('own-prior');
      await expect(open(['./twice.mjs'])).rejects.toMatchObject({ code: 'PLUGIN_DUPLICATE' });
      const all = /topCells.*later.*'7'|later.*'7'.*topCells/;
      const wrong = open(['./twice.mjs', './later.mjs', 'no-such-package']);
      await expect(wrong).rejects.toMatchObject({ code: 'WIRING', got: expect.stringMatching(all) });
      await expect(wrong).rejects.toThrow(/3 problems: .*no-such-package/);
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  it('names what it cannot use', async () => {
    const refused = [
      [{ bundle: './nowhere' }, 'BUNDLE_MISSING'],
      [{ bundle, engine: { use: 'ort', providers: ['cuda'] } }, 'ENGINE_MISSING'],
      [{ bundle, plugins: ['no-such-package'] }, 'PLUGIN_MISSING'],
      [{ bundle, maskDecoder: { use: 'no-such-decoder' } }, 'PLUGIN_MISSING'],
    ] as const;
    for (const [config, code] of refused) {
      await expect(createSim4Seg(config as object)).rejects.toMatchObject({ code });
    }
  });
});
