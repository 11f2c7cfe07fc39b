import { expect, it } from 'vitest';
import { createModelFrame } from './geometry/model-frame.js';
import { maskLogitsBands, maskLogitsMapper } from './geometry/mask-logits.js';
import { UNIT_NORMALISATION, prepareLongestSide, prepareLongestSideInTurns } from './geometry/prepare.js';
import { createBreath } from './breath.js';

it('gives others their turn only after a while, and stops when the caller has gone', async () => {
  let ms = 0;
  const controller = new AbortController();
  const breathe = createBreath(() => ms, controller.signal);
  const order: string[] = [];
  setTimeout(() => order.push('other'), 0);
  await breathe();
  order.push('short');
  ms = 100;
  setTimeout(() => order.push('another'), 0);
  await breathe();
  order.push('long');
  expect(order).toEqual(['short', 'other', 'another', 'long']);
  controller.abort();
  ms = 200;
  await expect(breathe()).rejects.toMatchObject({ code: 'ABORTED' });
});

it('bands of a large mask are the whole mask to the last bit', () => {
  const frame = createModelFrame({ widthPx: 1500, heightPx: 701 }, 64);
  const logits = Float32Array.from({ length: 16 * 16 }, (_, i) => Math.sin(i * 1.7));
  const { data } = maskLogitsMapper(frame, 16)(logits);
  let bands = 0;
  for (const band of maskLogitsBands(frame, 16)(logits)) {
    const from = band.firstRow * 1500;
    expect(band.data.every((value, i) => value === data[from + i])).toBe(true);
    bands += band.data.length;
  }
  expect(bands).toBe(data.length);
});

it('a picture that is prepared in turns is the same', async () => {
  let turns = 0;
  const breathe = () => Promise.resolve(void turns++);
  for (const [widthPx, heightPx] of [
    [1500, 701],
    [64, 900],
    [40, 30],
  ] as const) {
    // prettier-ignore
    const data = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => (i * 7919) & 255);
    const image = { data, widthPx, heightPx, channels: 3 } as const;
    const options = { sidePx: 64, normalisation: UNIT_NORMALISATION };
    expect(await prepareLongestSideInTurns(image, options, breathe)).toEqual(prepareLongestSide(image, options));
  }
  expect(turns).toBeGreaterThan(3);
});
