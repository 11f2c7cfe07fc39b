import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startExample } from './run-example.js';

/** A process that opens the model, on a busy machine. */
const PATIENCE_MS = 120_000;
const question = 'Is there a skin lesion in this image? Outline it.';
const answered = /\n(present|absent|unsure): .*[Rr]esearch/;

let folder = '';
let picture: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-examples-'));
  picture = new Uint8Array(await encodePng(makePhantom('dermoscopy', 5, { split: 'val' }).picture));
  await writeFile(join(folder, 'one.png'), picture);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('embed-script answers, writes, and ends with a code where it cannot', { timeout: PATIENCE_MS }, async () => {
  const script = startExample('embed-script.mjs', [join(folder, 'one.png'), question, join(folder, 'out')]);
  expect([await script.ended, script.err()]).toEqual([0, '']);
  expect(script.out()).toMatch(answered);
  expect(await readdir(join(folder, 'out'))).toContain('result.json');
  const refused = startExample('embed-script.mjs', [join(folder, 'nothing.png'), question]);
  expect([await refused.ended, refused.err().split(':')[0]]).toEqual([10, 'IMAGE_UNREADABLE']);
});

it('embed-worker answers from a thread and ends', { timeout: PATIENCE_MS }, async () => {
  const worker = startExample('embed-worker.mjs', [join(folder, 'one.png'), question]);
  expect([await worker.ended, worker.err()]).toEqual([0, '']);
  expect(worker.out()).toMatch(answered);
});

it('embed-fastify streams an answer, stops for who has gone, and ends', { timeout: PATIENCE_MS }, async () => {
  const server = startExample('embed-fastify.mjs');
  try {
    await expect.poll(server.out, { timeout: PATIENCE_MS }).toMatch(/^http.*\n/);
    const ask = (signal: AbortSignal | null = null, tts = question) => {
      const body = new FormData();
      body.set('question', tts);
      body.set('image', new Blob([picture]), 'one.png');
      return fetch(`${server.out().trim()}/diagnose`, { method: 'POST', body, signal });
    };
    const lines = (await (await ask()).text()).trim().split('\n');
    const events = lines.map((line) => JSON.parse(line) as { type: string; notice?: string });
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['started', 'answer']);
    const empty = await (await ask(null, ' ')).text();
    expect(JSON.parse(empty)).toMatchObject({ type: 'error', code: 'QUESTION_EMPTY' });
    const controller = new AbortController();
    const stream = (await ask(controller.signal, `${question} Again.`)).body?.getReader();
    await stream?.read();
    controller.abort();
    await expect.poll(server.err, { timeout: PATIENCE_MS }).toContain('the client has gone');
  } finally {
    server.process.kill('SIGTERM');
  }
  expect(await server.ended).toBe(0);
});
