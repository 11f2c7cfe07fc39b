import type { Breathe } from '../breath.js';
import { Sim4SegError } from '../errors.js';
import { COEFFICIENT_BITS, pillowTaps } from './pillow-filters.js';
import type { PillowFilter } from './pillow-filters.js';
import type { PixelsU8, Size } from './size.js';

/** Half a unit; with it all sums stay below 2^31, since the coefficients of a cubic overshoot by less than a third. */
const ROUND = 1 << (COEFFICIENT_BITS - 1);

/**
 * Resizes an 8-bit picture bit for bit as Pillow does: antialiased, the horizontal pass first, 8-bit in between, a pass
 * whose size does not change is skipped.
 * - `pixels`: uint8[h, w, channels]; channels last; original frame; 0..255
 * - returns uint8[size.heightPx, size.widthPx, channels]; the input's own data where no side changes
 * @throws USAGE when a side is not a positive integer or the data have another length
 * @source Pillow 9.4.0 Resample.c, ImagingResampleHorizontal_8bpc and ImagingResampleVertical_8bpc
 * @deviation none
 */
export function resizePillow(pixels: PixelsU8, size: Size, { filter }: { filter: PillowFilter }): PixelsU8 {
  expectPixels(pixels);
  expectSides(size);
  const wide = pixels.widthPx === size.widthPx ? pixels : horizontalPass(pixels, size.widthPx, filter);
  return wide.heightPx === size.heightPx ? wide : verticalPass(wide, size.heightPx, filter);
}

/** Pixels of a band: some milliseconds of work. */
const BAND_PX = 2 ** 18;

/** As {@link resizePillow}, to the last bit; other work gets its turn between bands of rows. */
export async function resizePillowInTurns(
  pixels: PixelsU8,
  size: Size,
  { filter, breathe }: { readonly filter: PillowFilter; readonly breathe: Breathe },
): Promise<PixelsU8> {
  const { data, widthPx, heightPx, channels } = pixels;
  const bandRows = Math.max(1, Math.floor(BAND_PX / widthPx));
  if (widthPx === size.widthPx || heightPx <= bandRows) return resizePillow(pixels, size, { filter });
  expectPixels(pixels);
  const wide = new Uint8Array(size.widthPx * heightPx * channels);
  for (let y = 0; y < heightPx; y += bandRows) {
    const rows = Math.min(bandRows, heightPx - y);
    const band = data.subarray(y * widthPx * channels, (y + rows) * widthPx * channels);
    const resized = resizePillow(
      { data: band, widthPx, heightPx: rows, channels },
      { widthPx: size.widthPx, heightPx: rows },
      { filter },
    );
    wide.set(resized.data, y * size.widthPx * channels);
    await breathe();
  }
  return resizePillow({ data: wide, widthPx: size.widthPx, heightPx, channels }, size, { filter });
}

function horizontalPass(pixels: PixelsU8, widthPx: number, filter: PillowFilter): PixelsU8 {
  const { data: from, heightPx, channels } = pixels;
  const { starts, counts, coefficients, stride } = pillowTaps(pixels.widthPx, widthPx, filter);
  const to = new Uint8ClampedArray(widthPx * heightPx * channels);
  for (let y = 0, out = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const first = (y * pixels.widthPx + (starts[x] as number)) * channels;
      const end = x * stride + (counts[x] as number);
      for (let c = 0; c < channels; c++) {
        let sum = ROUND;
        for (let k = x * stride, at = first + c; k < end; k++, at += channels) {
          sum += Math.imul(from[at] as number, coefficients[k] as number);
        }
        to[out++] = sum >> COEFFICIENT_BITS;
      }
    }
  }
  return { data: new Uint8Array(to.buffer), widthPx, heightPx, channels };
}

function verticalPass(pixels: PixelsU8, heightPx: number, filter: PillowFilter): PixelsU8 {
  const { data: from, widthPx, channels } = pixels;
  const { starts, counts, coefficients, stride } = pillowTaps(pixels.heightPx, heightPx, filter);
  const row = widthPx * channels;
  const to = new Uint8ClampedArray(row * heightPx);
  const sums = new Int32Array(row);
  for (let y = 0; y < heightPx; y++) {
    sums.fill(ROUND);
    for (let k = 0; k < (counts[y] as number); k++) {
      const coefficient = coefficients[y * stride + k] as number;
      const base = ((starts[y] as number) + k) * row;
      for (let i = 0; i < row; i++) sums[i] = (sums[i] as number) + Math.imul(from[base + i] as number, coefficient);
    }
    for (let i = 0; i < row; i++) to[y * row + i] = (sums[i] as number) >> COEFFICIENT_BITS;
  }
  return { data: new Uint8Array(to.buffer), widthPx, heightPx, channels };
}

function expectPixels({ data, widthPx, heightPx, channels }: PixelsU8): void {
  expectSides({ widthPx, heightPx });
  if (data.length === widthPx * heightPx * channels) return;
  throw new Sim4SegError('USAGE', {
    must: `A ${widthPx} x ${heightPx} picture of ${channels} channels has ${widthPx * heightPx * channels} bytes`,
    got: `${data.length} bytes`,
    fix: 'give width, height and channels of the data',
  });
}

function expectSides({ widthPx, heightPx }: Size): void {
  if (Number.isSafeInteger(widthPx) && Number.isSafeInteger(heightPx) && widthPx > 0 && heightPx > 0) return;
  throw new Sim4SegError('USAGE', {
    must: 'Width and height are positive integers',
    got: `${widthPx} x ${heightPx}`,
    fix: 'give at least one pixel a side',
  });
}
