import { Sim4SegError } from '@sim4seg/core';

/** Formats that are read; anything else is refused. */
export type PictureFormat = 'png' | 'jpeg' | 'tiff' | 'webp';

/** Limits on what is decoded at all. */
export interface PictureLimits {
  readonly maxBytes: number;
  readonly maxPixels: number;
  readonly minSidePx: number;
}

/** 64 MiB and 64 megapixels hold any scanned film; below 8 px a side there is nothing to see. */
export const DEFAULT_PICTURE_LIMITS: PictureLimits = { maxBytes: 64 * 2 ** 20, maxPixels: 64e6, minSidePx: 8 };

/** First bytes of each format; null stands for any byte (the length of a WebP). */
const MAGIC: readonly [PictureFormat, readonly (number | null)[]][] = [
  ['png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', [0xff, 0xd8, 0xff]],
  ['tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', [0x49, 0x49, 0x2b, 0x00]],
  ['tiff', [0x4d, 0x4d, 0x00, 0x2b]],
  ['webp', [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
];

/**
 * Tells the format by content; the name of a file says nothing.
 * @throws IMAGE_UNREADABLE (no bytes), IMAGE_FORMAT (anything but PNG, JPEG, TIFF and WebP, such as SVG, GIF or text)
 */
export function expectPictureFormat(bytes: Uint8Array, name = 'the picture'): PictureFormat {
  const found = MAGIC.find(([, magic]) => magic.every((byte, i) => byte === null || bytes[i] === byte));
  if (found !== undefined) return found[0];
  if (bytes.length === 0) {
    throw new Sim4SegError('IMAGE_UNREADABLE', {
      must: 'A picture file must hold a picture',
      got: `${name} is empty`,
      fix: 'Copy or export the picture again',
    });
  }
  throw new Sim4SegError('IMAGE_FORMAT', {
    must: 'Pictures must be PNG, JPEG, TIFF or WebP; the content decides, not the name',
    got: `${name} begins with ${describeBytes(bytes)}`,
    fix: 'Export the picture as PNG, JPEG, TIFF or WebP',
  });
}

/** What the header of a file says of the picture in it. */
export interface PictureHeader {
  readonly depth?: string | undefined;
  readonly pages?: number | undefined;
}

/**
 * One picture of whole numbers is needed: no animation, no stack of pages, no measured values.
 * @throws IMAGE_FORMAT
 */
export function expectSinglePicture({ depth, pages = 1 }: PictureHeader, name: string): void {
  const odd = pages > 1 ? `${pages} pages or frames` : isWhole(depth) ? null : `values of type ${depth ?? 'unknown'}`;
  if (odd === null) return;
  throw new Sim4SegError('IMAGE_FORMAT', {
    must: 'A picture file must hold one picture of 8 or 16 bits a channel',
    got: `${name} holds ${odd}`,
    fix: 'Export one picture of it with 8 or 16 bits a channel',
  });
}

function isWhole(depth: string | undefined): boolean {
  return depth === 'uchar' || depth === 'ushort';
}

/** @throws IMAGE_TOO_LARGE */
export function expectFewBytes(bytes: Uint8Array, limits: PictureLimits, name: string): void {
  if (bytes.length <= limits.maxBytes) return;
  throw tooLarge(`at most ${limits.maxBytes} bytes`, `${name} has ${bytes.length} bytes`);
}

/** @throws IMAGE_TOO_LARGE, IMAGE_TOO_SMALL */
export function expectSideLimits(widthPx: number, heightPx: number, limits: PictureLimits, name: string): void {
  const size = `${name} is ${widthPx} x ${heightPx} px`;
  if (widthPx * heightPx > limits.maxPixels) throw tooLarge(`at most ${limits.maxPixels / 1e6} megapixels`, size);
  if (Math.min(widthPx, heightPx) >= limits.minSidePx) return;
  throw new Sim4SegError('IMAGE_TOO_SMALL', {
    must: `A picture needs at least ${limits.minSidePx} pixels a side`,
    got: size,
    fix: 'Use the picture in its original size',
  });
}

function tooLarge(must: string, got: string): Sim4SegError {
  return new Sim4SegError('IMAGE_TOO_LARGE', {
    must: `A picture may have ${must}`,
    got,
    fix: 'Reduce the picture before you ask about it',
  });
}

function describeBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 12);
  const printable = head.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (printable) return `the text "${String.fromCharCode(...head)}"`;
  return `the bytes ${[...head].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
