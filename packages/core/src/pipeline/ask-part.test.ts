import { expect, it } from 'vitest';
import { Sim4SegError } from '../errors.js';
import { askPart, askPartLater } from './ask-part.js';

const parts = { names: { lvlm: 'remote', regionPrior: 'otsu' } };
const thrown = (error: unknown) => () => {
  throw error;
};

it('says whose contract was broken, and keeps the code and the cause', () => {
  const cause = new Sim4SegError('SHAPE_MISMATCH', { must: 'mask is [1, 1, 8, 8]', got: '[8]', fix: 'add axes' });
  expect(() => askPart(parts, 'regionPrior', thrown(cause))).toThrow(
    expect.objectContaining({
      code: 'SHAPE_MISMATCH',
      must: "regionPrior (plugin 'otsu'): mask is [1, 1, 8, 8]",
      cause,
    }),
  );
  expect(() => askPart({}, 'selector', thrown(cause))).toThrow(/^selector: mask/);
});

it('gives a code to what a plugin throws without one, and none other to an abort', async () => {
  const foreign = askPartLater(parts, 'lvlm', () => Promise.reject(new TypeError('no such host')));
  await expect(foreign).rejects.toMatchObject({ code: 'PLUGIN_INVALID', got: 'no such host', must: /plugin 'remote'/ });
  const aborted = askPartLater(parts, 'lvlm', () => Promise.reject(new DOMException('gone', 'AbortError')));
  await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
});

it('leaves errors alone that are about the question', () => {
  const error = new Sim4SegError('QUESTION_TOO_LONG', { must: 'short', got: 'long', fix: 'shorten it' });
  expect(() => askPart(parts, 'lvlm', thrown(error))).toThrow(error);
});
