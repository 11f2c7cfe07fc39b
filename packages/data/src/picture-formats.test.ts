import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage, decodeMask } from './decode-image.js';
import { encodeMaskPng } from './encode-png.js';
import { loadCase } from './load-case.js';
import { readCases } from './read-cases.js';

const WIDTH = 24;
const HEIGHT = 16;
const rgb = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 256);
const grey = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 11) % 256);
const deep = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i * 1021 + 5) % 65536);
const colour = () => sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const oneChannel = (data: Uint8Array | Uint16Array) =>
  sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });

describe('TIFF and WebP', () => {
  it.each(['none', 'lzw', 'deflate'] as const)('reads RGB of a TIFF with compression %s', async (compression) => {
    const image = await decodeImage(await colour().tiff({ compression }).toBuffer());
    expect(image).toMatchObject({ widthPx: WIDTH, heightPx: HEIGHT, channels: 3, dtype: 'uint8' });
    expect(image.data).toEqual(rgb);
  });

  it('reads a tiled TIFF and a BigTIFF', async () => {
    for (const options of [{ tile: true }, { bigtiff: true }]) {
      const bytes = await colour()
        .tiff({ compression: 'none', ...options })
        .toBuffer();
      expect((await decodeImage(bytes)).data).toEqual(rgb);
    }
  });

  it('reads grey of 8 and 16 bits', async () => {
    const shallow = await oneChannel(grey).toColourspace('b-w').tiff({ compression: 'none' }).toBuffer();
    const image = await decodeImage(shallow);
    expect(image).toMatchObject({ channels: 1, dtype: 'uint8' });
    expect(image.data).toEqual(grey);
    const wide = await oneChannel(deep).toColourspace('grey16').tiff({ compression: 'deflate' }).toBuffer();
    const image16 = await decodeImage(wide);
    expect(image16).toMatchObject({ channels: 1, dtype: 'uint16' });
    expect(image16.data).toEqual(deep);
  });

  it('reads 16-bit RGB', async () => {
    const values = Uint16Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 517 + 3) % 65536);
    const input = sharp(values, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).toColourspace('rgb16');
    for (const bytes of [
      await input.clone().png().toBuffer(),
      await input.clone().tiff({ compression: 'deflate' }).toBuffer(),
    ]) {
      expect(await decodeImage(bytes)).toMatchObject({ channels: 3, dtype: 'uint16' });
    }
    expect((await decodeImage(await input.png().toBuffer())).data).toEqual(values);
  });

  it('reads WebP with and without loss', async () => {
    expect((await decodeImage(await colour().webp({ lossless: true }).toBuffer())).data).toEqual(rgb);
    const lossy = await decodeImage(await colour().webp({ quality: 60 }).toBuffer());
    expect(lossy).toMatchObject({ widthPx: WIDTH, heightPx: HEIGHT, channels: 3, dtype: 'uint8' });
  });

  it('reads colours of print as RGB', async () => {
    const cmyk = await colour().toColourspace('cmyk').jpeg().toBuffer();
    expect(await decodeImage(cmyk)).toMatchObject({ channels: 3, dtype: 'uint8' });
  });

  it('reads palettes of two and of many colours', async () => {
    const bits = await oneChannel(grey.map((value) => (value > 127 ? 255 : 0)))
      .png({ palette: true, colours: 2 })
      .toBuffer();
    expect((await decodeImage(bits)).widthPx).toBe(WIDTH);
    const many = await colour().png({ palette: true, colours: 64 }).toBuffer();
    expect(await decodeImage(many)).toMatchObject({ channels: 3, dtype: 'uint8' });
  });

  it('refuses several frames, measured values and formats of another kind', async () => {
    const frames = sharp(await twoFrames(), { animated: true });
    await expect(decodeImage(await frames.webp({ loop: 0 }).toBuffer())).rejects.toMatchObject({
      code: 'IMAGE_FORMAT',
    });
    await expect(decodeImage(floatTiff())).rejects.toMatchObject({ code: 'IMAGE_FORMAT' });
    const gif = await colour().gif().toBuffer();
    await expect(decodeImage(gif)).rejects.toMatchObject({ code: 'IMAGE_FORMAT' });
    const riff = new Uint8Array([...new TextEncoder().encode('RIFF'), 1, 0, 0, 0, ...new TextEncoder().encode('WAVE')]);
    await expect(decodeImage(riff)).rejects.toMatchObject({ code: 'IMAGE_FORMAT' });
  });

  it('says so where a TIFF or WebP is cut off', async () => {
    for (const whole of [await colour().tiff({ compression: 'lzw' }).toBuffer(), await colour().webp().toBuffer()]) {
      await expect(decodeImage(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject({
        code: expect.stringMatching(/IMAGE_UNREADABLE|IMAGE_FORMAT/) as string,
      });
    }
  });
});

/** A grey TIFF of 32-bit floats, 8 x 8. */
function floatTiff(): Uint8Array {
  const entries = [
    [256, 8],
    [257, 8],
    [258, 32],
    [259, 1],
    [262, 1],
    [273, 200],
    [277, 1],
    [278, 8],
    [279, 256],
    [339, 3],
  ] as const;
  const bytes = new Uint8Array(200 + 256);
  const view = new DataView(bytes.buffer);
  bytes.set([0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, entries.length, 0]);
  entries.forEach(([tag, value], i) => {
    const at = 10 + 12 * i;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, 4, true);
    view.setUint32(at + 4, 1, true);
    view.setUint32(at + 8, value, true);
  });
  for (let i = 0; i < 64; i++) view.setFloat32(200 + 4 * i, i / 7, true);
  return bytes;
}

/** An animation of two frames. */
async function twoFrames(): Promise<Buffer> {
  const both = Buffer.concat([rgb, rgb.map((value) => 255 - value)]);
  const raw = { width: WIDTH, height: 2 * HEIGHT, channels: 3, pageHeight: HEIGHT } as const;
  return sharp(both, { raw, animated: true }).gif({ loop: 0 }).toBuffer();
}

describe('orientation', () => {
  const maskBits = grey.map((_, i) => (i % WIDTH < 9 && i < 5 * WIDTH ? 1 : 0));
  const stored = { maskBits, widthPx: WIDTH, heightPx: HEIGHT };

  it.each([2, 3, 4, 5, 6, 7, 8])(
    'lays a mask over a picture that EXIF shows in orientation %i',
    async (orientation) => {
      const folder = await mkdtemp(join(tmpdir(), 'sim4seg-exif-'));
      try {
        const picture = sharp(await encodeMaskPng(stored));
        await writeFile(
          join(folder, 'i.jpg'),
          await picture.withMetadata({ orientation }).jpeg({ quality: 100 }).toBuffer(),
        );
        const shown = await sharp(await encodeMaskPng(stored))
          .withMetadata({ orientation })
          .jpeg({ quality: 100 })
          .toBuffer();
        const oriented = await decodeMask(shown);
        await writeFile(join(folder, 'shown.png'), await encodeMaskPng(oriented));
        await writeFile(join(folder, 'stored.png'), await encodeMaskPng(stored));
        const about = { image: 'i.jpg', modality: 'm', anatomy: 'a', target: 't', split: 'val' };
        const lines = ['shown', ...(orientation >= 5 ? ['stored'] : [])].map((mask) =>
          JSON.stringify({ id: mask, mask: `${mask}.png`, ...about }),
        );
        await writeFile(join(folder, 'cases.jsonl'), lines.join('\n'));
        for (const found of await readCases(folder)) {
          const { image, mask } = await loadCase(found);
          const bright = Uint8Array.from(mask?.maskBits ?? [], (_, i) =>
            (image.data[i * image.channels] ?? 0) > 127 ? 1 : 0,
          );
          expect(mask?.maskBits).toEqual(bright);
          expect([mask?.widthPx, mask?.heightPx]).toEqual([image.widthPx, image.heightPx]);
        }
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
