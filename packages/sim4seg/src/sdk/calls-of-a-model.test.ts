import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PipelineEvent } from '@sim4seg/core';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testBundle } from '../../test/test-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';

const question = 'Is there a breast lesion in this ultrasound? Outline it.';
let folder = '';
let bundle = '';
let image: Uint8Array;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-calls-'));
  bundle = await testBundle(folder);
  image = await encodePng(makePhantom('breast-ultrasound', 9, { split: 'val' }).picture);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Places of event types in the order in which an answer goes through them. */
const ORDER = ['started', 'encoded', 'prefilled', 'token', 'path', 'prior', 'masks', 'selected', 'done'];

it('concurrent calls share the model; events of each come in order', async () => {
  await using sim4seg = await createSim4Seg({ bundle }, { maxAtOnce: 2 });
  const ask = async (seed: number) => {
    const answer = sim4seg.diagnose({ image, question, seed, tts: { paths: 2, masks: 2 } });
    const events: PipelineEvent[] = [];
    for await (const event of answer) events.push(event);
    await answer.result();
    return events.map(({ type }) => ORDER.indexOf(type));
  };
  for (const places of await Promise.all([1, 2, 3].map(ask))) {
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect([places.at(0), places.at(-1), places.includes(-1)]).toEqual([0, ORDER.length - 1, false]);
  }
});

it('refuses a call where too many wait, and one after close(); close() ends those in the making', async () => {
  const sim4seg = await createSim4Seg({ bundle }, { maxAtOnce: 1, maxWaiting: 1 });
  const asks = [1, 2, 3].map((seed) => sim4seg.diagnose({ image, question, seed }).result());
  const settled = Promise.allSettled(asks);
  await expect(asks[2]).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
  await Promise.all([sim4seg.close(), sim4seg.close()]);
  const codes = (await settled).map((ask) => (ask.status === 'rejected' ? ask.reason.code : 'answered'));
  expect(codes).toEqual(['ABORTED', 'ABORTED', 'ENGINE_BUSY']);
  await expect(sim4seg.diagnose({ image, question }).result()).rejects.toMatchObject({ code: 'USAGE' });
});

it('gives no event after an abort, whose reason is the cause', async () => {
  await using sim4seg = await createSim4Seg({ bundle });
  const controller = new AbortController();
  const answer = sim4seg.diagnose({ image, question, signal: controller.signal });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { type } of answer) {
      seen.push(type);
      if (type === 'started') controller.abort('the page was left');
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: 'ABORTED', cause: 'the page was left' });
  expect(seen).toEqual(['started']);
});

it('takes device and dtype as others call them, and says where they do not hold', async () => {
  await using sim4seg = await createSim4Seg({ bundle, engine: { use: 'tfjs' } }, { device: 'cpu' });
  expect(sim4seg.config.engine).toEqual({ use: 'ort', providers: ['cpu'] });
  await expect(createSim4Seg({ bundle }, { device: 'abacus' })).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
  await expect(createSim4Seg({ bundle }, { dtype: 'q4' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    fix: /convert/,
  });
});
