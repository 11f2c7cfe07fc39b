import { expect, it } from 'vitest';
import { untilAborted } from './until-aborted.js';

const never = () => new Promise<never>(() => undefined);

it('rejects when the signal aborts, also where the work never ends or fails later', async () => {
  const controller = new AbortController();
  let fail = (_error: Error): void => undefined;
  const failing = new Promise<never>((_, reject) => (fail = reject));
  const waits = [untilAborted(never(), controller.signal), untilAborted(failing, controller.signal)];
  controller.abort('gone');
  for (const wait of waits) await expect(wait).rejects.toMatchObject({ code: 'ABORTED', cause: 'gone' });
  fail(new Error('nobody waits'));
  await expect(untilAborted(never(), controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
});

it('gives what the work gives or throws, and leaves no listener', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
  expect(await untilAborted(Promise.resolve(3), signal)).toBe(3);
  await expect(untilAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  expect(listeners).toBe(0);
});
