import { encodePng, makePhantom } from '@sim4seg/data';
import { expectConform } from '@sim4seg/testing';
import { createSim4Seg } from 'sim4seg';
import type { PluginDefinition } from 'sim4seg';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openaiLvlm, wholeImageBox } from '../../examples/plugin-openai-lvlm/index.js';
import { startChatServer } from './chat-server.js';
import type { ChatScript, ChatServer } from './chat-server.js';

const KEY = 'sk-never-in-a-log';
const KEY_NAME = 'SIM4SEG_TEST_CHAT_KEY';
const plugins = [openaiLvlm, wholeImageBox] as unknown as PluginDefinition[];
const question = 'Is there a skin lesion in this image? Outline it.';
const SAID = ['Yes, ', 'there ', 'is ', 'a ', 'lesion. ', 'The ', 'diagnosis ', 'is ', 'melanoma.'];

let server: ChatServer | undefined;
let image: Uint8Array;
beforeAll(async () => {
  process.env[KEY_NAME] = KEY;
  image = await encodePng(makePhantom('dermoscopy', 3, { split: 'val' }).picture);
});
afterEach(() => server?.close());

async function start(script: Partial<ChatScript> = {}) {
  server = await startChatServer({ words: ({ temperature }) => (temperature === 0 ? SAID : SAID.slice(4)), ...script });
  return { use: 'openai', baseUrl: server.baseUrl, model: 'scripted', apiKeyEnv: KEY_NAME };
}

describe('an LVLM behind a chat endpoint', () => {
  it('answers with text and a mask that a whole-image box prompts', { timeout: 60_000 }, async () => {
    const config = { lvlm: await start(), regionPrior: { use: 'whole-image-box' }, tts: { paths: 2 } };
    await using sim4seg = await createSim4Seg(config, { plugins });
    const streamed: string[] = [];
    const answer = sim4seg.diagnose({ image, question });
    for await (const event of answer) if (event.type === 'token' && event.path === 0) streamed.push(event.text);
    const { presence, maskBits, reasoning, record } = await answer.result();
    expect(streamed).toEqual(SAID);
    expect([presence, maskBits !== null, reasoning]).toEqual(['unsure', true, SAID.join('')]);
    const content = server?.asked[0]?.body.messages[1]?.content;
    expect(JSON.stringify(content)).toMatch(/skin lesion.*data:image\/png;base64,/);
    expect(server?.asked.map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`]);
    expect(JSON.stringify(record)).not.toContain(KEY);
  });

  it('answers with text alone where the prior needs seg embeddings, and says why', { timeout: 60_000 }, async () => {
    await using sim4seg = await createSim4Seg({ lvlm: await start(), regionPrior: { use: 'topCells' } }, { plugins });
    const { presence, maskBits, findings, reasoning, answer } = await sim4seg.diagnose({ image, question }).result();
    expect([presence, maskBits, findings[0]?.maskBits, reasoning]).toEqual(['unsure', null, null, SAID.join('')]);
    expect(answer.notes.join()).toContain('no mask');
  });

  it('ends its request when the caller aborts', { timeout: 60_000 }, async () => {
    let heard = (): void => undefined;
    const first = new Promise<void>((done) => (heard = done));
    const lvlm = await start({ pause: () => (heard(), new Promise((done) => setTimeout(done, 20))) });
    await using sim4seg = await createSim4Seg({ lvlm, regionPrior: { use: 'whole-image-box' } }, { plugins });
    const controller = new AbortController();
    const answer = sim4seg.diagnose({ image, question, signal: controller.signal }).result();
    await first;
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
    await expect.poll(() => server?.left()).toBe(1);
  });

  it('says which plugin failed when the service refuses, without the key', { timeout: 60_000 }, async () => {
    const lvlm = await start({ status: 401 });
    await using sim4seg = await createSim4Seg({ lvlm, regionPrior: { use: 'whole-image-box' } }, { plugins });
    const error: unknown = await sim4seg.diagnose({ image, question }).result().catch((e: unknown) => e); // prettier-ignore
    expect(error).toMatchObject({ code: 'ENGINE_FAILED', got: 'status 401' });
    expect(String(error)).not.toContain(KEY);
  });

  it('keeps the contracts of its kinds', { timeout: 60_000 }, async () => {
    const { use: _, ...options } = await start();
    await expectConform('lvlm', openaiLvlm as unknown as PluginDefinition, { options });
    await expectConform('region-prior', wholeImageBox as unknown as PluginDefinition);
  });
});
