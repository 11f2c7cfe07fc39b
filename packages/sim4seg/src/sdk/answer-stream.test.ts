import { describe, expect, it } from 'vitest';
import { startAnswer } from './answer-stream.js';

const pause = () => new Promise((done) => setTimeout(done, 1));

describe('startAnswer', () => {
  it('gives every event to every reader, also to a late one', async () => {
    const stream = startAnswer<number, string>(async (emit) => {
      for (const n of [1, 2, 3]) {
        emit(n);
        await pause();
      }
      emit(4);
      return 'done';
    });
    const early: number[] = [];
    for await (const n of stream) early.push(n);
    const late: number[] = [];
    for await (const n of stream) late.push(n);
    expect([early, late]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
    expect(await stream.result()).toBe('done');
  });

  it('gives the events before the error, then the error, to readers and to result()', async () => {
    const stream = startAnswer<number, string>(async (emit) => {
      emit(1);
      await pause();
      throw new Error('broken');
    });
    const seen: number[] = [];
    await expect(
      (async () => {
        for await (const n of stream) seen.push(n);
      })(),
    ).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
    await expect(stream.result()).rejects.toThrow('broken');
  });
});
