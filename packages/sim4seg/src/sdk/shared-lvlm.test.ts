import type { Lvlm, LvlmPrefix, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { fakeImage, fakeLvlm } from '@sim4seg/testing';
import { expect, it } from 'vitest';
import { shareLvlm } from './shared-lvlm.js';

const image = fakeImage();
const input = { image, features: null, question: 'Is there a lesion?' };
const options = { paths: 1, seed: 1, temperature: 0, topP: 1, maxTokens: 9 };

/** An LVLM whose sampling waits for `go`, and that says what it saw of signals. */
function slowLvlm(): { lvlm: Lvlm; go: () => void; seen: { samples: number; aborted: number } } {
  const inner = fakeLvlm([{ text: 'Yes, it is [SEG].', segCount: 1 }]);
  const seen = { samples: 0, aborted: 0 };
  let go = (): void => undefined;
  const gate = new Promise<void>((done) => (go = done));
  const sample = async (prefix: LvlmPrefix, asked: SampleOptions): Promise<readonly ReasoningPath[]> => {
    seen.samples += 1;
    asked.signal?.addEventListener('abort', () => (seen.aborted += 1));
    asked.onToken?.({ path: 0, text: 'first ' });
    await gate;
    return inner.sample(prefix, asked);
  };
  return { lvlm: shareLvlm({ ...inner, sample }), go: () => go(), seen };
}

const textOf = (paths: readonly ReasoningPath[]) => paths.map(({ text }) => text);
const turn = () => new Promise((done) => setImmediate(done));

it('an abort of one caller does not end what another waits for; both see all tokens', async () => {
  const { lvlm, go, seen } = slowLvlm();
  const prefix = await lvlm.prefill(input);
  const controller = new AbortController();
  const gone = lvlm.sample(prefix, { ...options, signal: controller.signal });
  await turn();
  const heard: string[] = [];
  const stays = lvlm.sample(prefix, { ...options, onToken: ({ text }) => heard.push(text) });
  controller.abort();
  await expect(gone).rejects.toMatchObject({ code: 'ABORTED' });
  go();
  expect(textOf(await stays)).toEqual(['Yes, it is [SEG].']);
  expect([heard.join(''), seen]).toEqual(['first Yes, it is [SEG].', { samples: 1, aborted: 0 }]);
});

it('stops when nobody waits any more, and starts anew for the next caller', async () => {
  const { lvlm, go, seen } = slowLvlm();
  const prefix = await lvlm.prefill(input);
  const controller = new AbortController();
  const gone = lvlm.sample(prefix, { ...options, signal: controller.signal });
  await turn();
  controller.abort();
  await expect(gone).rejects.toMatchObject({ code: 'ABORTED' });
  const next = lvlm.sample(prefix, options);
  go();
  expect([textOf(await next), seen]).toEqual([['Yes, it is [SEG].'], { samples: 2, aborted: 1 }]);
});

it('tries again what failed', async () => {
  const inner = fakeLvlm([{ text: 'Yes.', segCount: 0 }]);
  let failures = 1;
  const prefill: Lvlm['prefill'] = (asked) =>
    failures-- > 0 ? Promise.reject(new Error('out of memory')) : inner.prefill(asked);
  const lvlm = shareLvlm({ ...inner, prefill });
  await expect(lvlm.prefill(input)).rejects.toThrow('out of memory');
  await expect(lvlm.prefill(input)).resolves.toBeDefined();
});
