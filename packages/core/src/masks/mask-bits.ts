import { Sim4SegError } from '../errors.js';
import type { Size } from '../geometry/size.js';
import { pairCounts } from './pair-counts.js';

/**
 * A binary mask, 32 pixels a word: pixel i = y * widthPx + x is bit i % 32 of `words[i >> 5]`. Bits behind the last
 * pixel are 0. `frameId` names the image frame that the mask belongs to (the sha256 of the image).
 */
export interface MaskBits extends Size {
  readonly words: Uint32Array;
  readonly frameId: string;
}

/** What makes a mask besides its pixels. */
export interface MaskPlace extends Size {
  readonly frameId: string;
}

/** A mask without any pixel. */
export function emptyMask({ widthPx, heightPx, frameId }: MaskPlace): MaskBits {
  return { words: new Uint32Array(wordCount(widthPx * heightPx)), widthPx, heightPx, frameId };
}

/** A mask of the pixels whose value is above `threshold`; NaN is background. `values` has h * w entries, row-major. */
export function maskFromValues(values: ArrayLike<number>, place: MaskPlace, threshold = 0): MaskBits {
  expectLength(values.length, place);
  const mask = emptyMask(place);
  paintValues(mask, values, { from: 0, threshold });
  return mask;
}

/** Adds the pixels from `from` on whose value is above `threshold` to a mask that is being made. */
export function paintValues(
  { words }: MaskBits,
  values: ArrayLike<number>,
  { from, threshold }: { readonly from: number; readonly threshold: number },
): void {
  for (let k = 0, i = from; k < values.length; k++, i++) {
    if ((values[k] as number) > threshold) words[i >> 5] = (words[i >> 5] as number) | (1 << (i & 31));
  }
}

/** The pixels of a mask as bytes: uint8[h, w], `inside` (255) or 0. */
export function maskToBytes(mask: MaskBits, inside = 255): Uint8Array {
  const bytes = new Uint8Array(mask.widthPx * mask.heightPx);
  for (let i = 0; i < bytes.length; i++) {
    if (((mask.words[i >> 5] as number) >>> (i & 31)) & 1) bytes[i] = inside;
  }
  return bytes;
}

/** Number of foreground pixels. */
export function maskArea({ words }: MaskBits): number {
  return pairCounts(words, words).both;
}

/** Number of pixels in both masks. @throws SHAPE_MISMATCH when sizes or frames differ */
export function intersectionArea(a: MaskBits, b: MaskBits): number {
  expectSameFrame(a, b);
  return pairCounts(a.words, b.words).both;
}

/** Intersection over union by popcount; 1 where both are empty. @throws SHAPE_MISMATCH when sizes or frames differ */
export function maskIou(a: MaskBits, b: MaskBits): number {
  expectSameFrame(a, b);
  const { both, either } = pairCounts(a.words, b.words);
  return either === 0 ? 1 : both / either;
}

/** Dice coefficient by popcount; 1 where both are empty. @throws SHAPE_MISMATCH when sizes or frames differ */
export function maskDice(a: MaskBits, b: MaskBits): number {
  expectSameFrame(a, b);
  const { both, either } = pairCounts(a.words, b.words);
  return either === 0 ? 1 : (2 * both) / (both + either);
}

/** Union of at least one mask of one frame. @throws USAGE without a mask */
export function maskUnion(masks: readonly MaskBits[]): MaskBits {
  const [first] = masks;
  if (!first) {
    throw new Sim4SegError('USAGE', { must: 'A union needs a mask', got: 'none', fix: 'use emptyMask for no mask' });
  }
  const words = first.words.slice();
  for (const mask of masks.slice(1)) {
    expectSameFrame(first, mask);
    mask.words.forEach((word, i) => (words[i] = (words[i] as number) | word));
  }
  return { ...first, words };
}

/** Whether two masks have the same frame, size and pixels. */
export function masksEqual(a: MaskBits, b: MaskBits): boolean {
  const sameFrame = a.widthPx === b.widthPx && a.heightPx === b.heightPx && a.frameId === b.frameId;
  return sameFrame && a.words.every((word, i) => word === b.words[i]);
}

function wordCount(pixels: number): number {
  return (pixels + 31) >>> 5;
}

function expectLength(length: number, { widthPx, heightPx }: Size): void {
  if (length === widthPx * heightPx) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `A mask of ${widthPx} x ${heightPx} comes from ${widthPx * heightPx} values`,
    got: `${length}`,
    fix: 'give one value a pixel, row-major',
  });
}

function expectSameFrame(a: MaskBits, b: MaskBits): void {
  if (a.widthPx === b.widthPx && a.heightPx === b.heightPx && a.frameId === b.frameId) return;
  const say = (m: MaskBits): string => `${m.widthPx} x ${m.heightPx} of frame '${m.frameId.slice(0, 12)}'`;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: 'Masks that are compared belong to one image frame',
    got: `${say(a)} and ${say(b)}`,
    fix: 'bring both into the original frame of the same image',
  });
}
