import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

/** Work that ends when it is told to. */
function open() {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { end, work: () => ended };
}

const settle = () => new Promise((done) => setImmediate(done));

describe('a fair queue', () => {
  it('serves clients in turn, each in its own order', async () => {
    const queue = new FairQueue({ turns: 1, maxWaiting: 10 });
    const served: string[] = [];
    const first = open();
    const all = [queue.use(first.work)];
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'])
      all.push(queue.use(async () => void served.push(name), { client: name[0]! }));
    first.end();
    await Promise.all(all);
    expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('refuses more than may wait, and takes them again later', async () => {
    const queue = new FairQueue({ turns: 1, maxWaiting: 1 });
    const [first, second] = [open(), open()];
    const all = [queue.use(first.work), queue.use(second.work)];
    await expect(queue.use(async () => 1)).rejects.toMatchObject({ code: 'ENGINE_BUSY' });
    first.end();
    await settle();
    const third = queue.use(async () => 3);
    second.end();
    expect(await third).toBe(3);
    await Promise.all(all);
  });

  it('forgets who is aborted while waiting', async () => {
    const queue = new FairQueue({ turns: 1, maxWaiting: 1 });
    const first = open();
    const running = queue.use(first.work);
    const controller = new AbortController();
    const waiting = queue.use(() => expect.unreachable(), { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(queue.waiting).toBe(0);
    await expect(queue.use(async () => 1, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    first.end();
    await running;
    expect(await queue.use(async () => 2)).toBe(2);
  });

  it('drains at close', async () => {
    const queue = new FairQueue({ turns: 2, maxWaiting: 4 });
    const [first, second] = [open(), open()];
    const running = [queue.use(first.work), queue.use(second.work)];
    const waiting = expect(queue.use(async () => 3)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    let isClosed = false;
    const closing = queue.close().then(() => (isClosed = true));
    await waiting;
    first.end();
    await settle();
    expect(isClosed).toBe(false);
    second.end();
    await Promise.all([...running, closing]);
    await expect(queue.use(async () => 4)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    await queue.close();
  });

  it('never has more at work than it has turns, and loses nobody, also where work fails', async () => {
    const job = fc.record({ client: fc.constantFrom('a', 'b', 'c'), ticks: fc.nat(3), fails: fc.boolean() });
    const property = fc.asyncProperty(fc.array(job), fc.integer({ min: 1, max: 3 }), async (jobs, turns) => {
      const queue = new FairQueue({ turns, maxWaiting: jobs.length });
      let [busy, most] = [0, 0];
      const all = jobs.map(({ client, ticks, fails }) =>
        queue.use(
          async () => {
            most = Math.max(most, ++busy);
            for (let i = 0; i < ticks; i += 1) await settle();
            busy -= 1;
            if (fails) throw new Error('failed');
          },
          { client },
        ),
      );
      const ends = await Promise.allSettled(all);
      expect(ends.map(({ status }) => status === 'rejected')).toEqual(jobs.map(({ fails }) => fails));
      expect(most).toBeLessThanOrEqual(turns);
    });
    await fc.assert(property, { numRuns: 30 });
  });
});
