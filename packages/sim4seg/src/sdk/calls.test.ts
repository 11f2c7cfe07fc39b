import { expect, it } from 'vitest';
import { createCalls } from './calls.js';

function gate(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((done) => (open = done));
  return { promise, open };
}

const turn = () => new Promise((done) => setImmediate(done));

it('lets some work and some wait, and refuses the next with a code', async () => {
  const calls = createCalls({ maxAtOnce: 1, maxWaiting: 1 });
  const first = gate();
  const order: string[] = [];
  const call = (name: string, wait?: Promise<void>) =>
    calls.run(async () => {
      order.push(name);
      await wait;
      return name;
    }, {});
  const running = call('a', first.promise);
  const waiting = call('b');
  await expect(call('c')).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
  expect(order).toEqual(['a']);
  first.open();
  expect([await running, await waiting, order]).toEqual(['a', 'b', ['a', 'b']]);
});

it('rejects an aborted call at once and keeps its turn until the work has stopped', async () => {
  const calls = createCalls({ maxAtOnce: 1, maxWaiting: 1 });
  const controller = new AbortController();
  const work = gate();
  const stubborn = calls.run(() => work.promise, { signal: controller.signal });
  let next = 'waits';
  const after = calls.run(() => Promise.resolve((next = 'ran')), {});
  controller.abort();
  await expect(stubborn).rejects.toMatchObject({ code: 'ABORTED' });
  await turn();
  expect(next).toBe('waits');
  work.open();
  await after;
  expect(next).toBe('ran');
});

it('leaves the line when a waiting call is aborted', async () => {
  const calls = createCalls({ maxAtOnce: 1, maxWaiting: 1 });
  const work = gate();
  const running = calls.run(() => work.promise, {});
  const controller = new AbortController();
  const waiting = calls.run(() => Promise.reject(new Error('never runs')), { signal: controller.signal });
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  const other = calls.run(() => Promise.resolve('there is room again'), {});
  work.open();
  await running;
  expect(await other).toBe('there is room again');
});

it('ends all calls when it closes, and takes no more', async () => {
  const calls = createCalls({ maxAtOnce: 1, maxWaiting: 4 });
  const heard: string[] = [];
  const running = calls.run(
    (signal) =>
      new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => {
          heard.push('stopped');
          reject(new Error('stopped'));
        }),
      ),
    {},
  );
  const waiting = calls.run(() => Promise.resolve(), {});
  const refused = Promise.allSettled([running, waiting]);
  await calls.close();
  expect(heard).toEqual(['stopped']);
  for (const call of await refused) expect(call).toMatchObject({ reason: { code: 'ABORTED' } });
  await expect(calls.run(() => Promise.resolve(), {})).rejects.toMatchObject({ code: 'USAGE' });
});
