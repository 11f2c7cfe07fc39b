import fc from 'fast-check';
import { isSim4SegError } from '@sim4seg/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.js';
import { decodeImage, decodeMask } from './decode-image.js';
import { encodeMaskPng, encodePng } from './encode-png.js';

const WIDTH = 20;
const HEIGHT = 12;
const rgb = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 256);
const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 3 as const } };
const png = encodePng({ data: rgb, widthPx: WIDTH, heightPx: HEIGHT, channels: 3 });

describe('decodeImage', () => {
  it('gives RGB back as stored', async () => {
    const image = await decodeImage(await png);
    expect(image).toMatchObject({ dtype: 'uint8', widthPx: WIDTH, heightPx: HEIGHT, channels: 3 });
    expect(image.data).toEqual(rgb);
    expect(image.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('keeps grey as one channel, also of a JPEG', async () => {
    const grey = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => i);
    const bytes = await encodePng({ data: grey, widthPx: WIDTH, heightPx: HEIGHT, channels: 1 });
    const image = await decodeImage(bytes);
    expect(image.channels).toBe(1);
    expect(image.data).toEqual(grey);
    const jpeg = await sharp(rgb, raw).toColourspace('b-w').jpeg().toBuffer();
    expect(await decodeImage(jpeg)).toMatchObject({ channels: 1, dtype: 'uint8' });
  });

  it('keeps 16-bit grey values', async () => {
    const values = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * 257 + 3);
    const bytes = await sharp(values, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const image = await decodeImage(bytes);
    expect(image).toMatchObject({ dtype: 'uint16', channels: 1 });
    expect(image.data).toEqual(values);
  });

  it('turns palettes into RGB and lays transparency over black', async () => {
    const palette = await sharp(rgb, raw).png({ palette: true }).toBuffer();
    expect(await decodeImage(palette)).toMatchObject({ channels: 3, dtype: 'uint8' });
    const clear = await sharp({ create: { width: 9, height: 9, channels: 4, background: '#ff000000' } })
      .png()
      .toBuffer();
    expect((await decodeImage(clear)).data).toEqual(new Uint8Array(9 * 9 * 3));
  });

  it('turns by EXIF', async () => {
    const turned = await sharp(rgb, raw).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await decodeImage(turned)).toMatchObject({ widthPx: HEIGHT, heightPx: WIDTH });
  });

  it.each([
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'IMAGE_FORMAT'],
    ['text', 'hello, I am a picture', 'IMAGE_FORMAT'],
    ['GIF', 'GIF89a\u0001\u0000', 'IMAGE_FORMAT'],
    ['nothing', '', 'IMAGE_UNREADABLE'],
  ])('refuses %s', async (_name, content, code) => {
    await expect(decodeImage(new TextEncoder().encode(content))).rejects.toMatchObject({ code });
  });

  it('refuses a cut file, a tiny picture, too many bytes or pixels', async () => {
    const whole = await png;
    await expect(decodeImage(whole.subarray(0, whole.length - 40))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    const jpeg = await sharp(rgb, raw).jpeg().toBuffer();
    await expect(decodeImage(jpeg.subarray(0, jpeg.length - 60))).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    const dot = await encodePng({ data: new Uint8Array(3), widthPx: 1, heightPx: 1, channels: 3 });
    await expect(decodeImage(dot)).rejects.toMatchObject({ code: 'IMAGE_TOO_SMALL' });
    await expect(decodeImage(whole, { limits: { maxPixels: 100 } })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    await expect(decodeImage(whole, { limits: { maxBytes: 50 } })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
  });

  it('refuses a bomb by its header', async () => {
    const bomb = new Uint8Array(await png);
    new DataView(bomb.buffer).setUint32(16, 60_000);
    new DataView(bomb.buffer).setUint32(20, 60_000);
    await expect(decodeImage(bomb)).rejects.toSatisfy((error) => isSim4SegError(error));
  });

  it('answers damaged bytes with an image or a code', async () => {
    const whole = await png;
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 5 }), async (changes) => {
        const bytes = new Uint8Array(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await decodeImage(bytes).catch((error: unknown) => expect(isSim4SegError(error)).toBe(true));
      }),
      { numRuns: 40 },
    );
  });
});

describe('masks and sheets', () => {
  it('round-trips a mask through PNG with 0 and 255 only', async () => {
    const maskBits = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const bytes = await encodeMaskPng({ maskBits, widthPx: WIDTH, heightPx: HEIGHT });
    expect(await decodeMask(bytes)).toEqual({ maskBits, widthPx: WIDTH, heightPx: HEIGHT });
    expect(new Set((await decodeImage(bytes)).data)).toEqual(new Set([0, 255]));
  });

  it('lays out a sheet', async () => {
    const picture = { data: rgb, widthPx: WIDTH, heightPx: HEIGHT, channels: 3 as const };
    const sheet = await contactSheet([picture, picture, picture], ['a <b> & "c"'], { columns: 2, cellPx: 40 });
    expect(await sharp(sheet).metadata()).toMatchObject({ width: 88, height: 124, format: 'png' });
  });
});
