import { Sim4SegError } from '../errors.js';
import { COEFFICIENT_BITS, pillowTaps } from './pillow-filters.js';
import type { PillowFilter, PillowTaps } from './pillow-filters.js';
import type { PixelsU8, Size } from './size.js';

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

function horizontalPass(pixels: PixelsU8, widthPx: number, filter: PillowFilter): PixelsU8 {
  const { heightPx, channels } = pixels;
  const taps = pillowTaps(pixels.widthPx, widthPx, filter);
  const data = new Uint8Array(widthPx * heightPx * channels);
  const run = { from: pixels.data, to: data, taps, step: channels, channels };
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      sumTaps(run, { output: x, fromBase: y * pixels.widthPx * channels, toBase: (y * widthPx + x) * channels });
    }
  }
  return { data, widthPx, heightPx, channels };
}

function verticalPass(pixels: PixelsU8, heightPx: number, filter: PillowFilter): PixelsU8 {
  const { widthPx, channels } = pixels;
  const taps = pillowTaps(pixels.heightPx, heightPx, filter);
  const row = widthPx * channels;
  const data = new Uint8Array(row * heightPx);
  const run = { from: pixels.data, to: data, taps, step: row, channels: row };
  for (let y = 0; y < heightPx; y++) sumTaps(run, { output: y, fromBase: 0, toBase: y * row });
  return { data, widthPx, heightPx, channels };
}

interface PassRun {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly taps: PillowTaps;
  /** Distance between two neighbouring inputs of one tap list. */
  readonly step: number;
  /** Neighbouring values that share one tap list. */
  readonly channels: number;
}

interface PassPlace {
  readonly output: number;
  readonly fromBase: number;
  readonly toBase: number;
}

/** The integer inner product, rounded, shifted and clipped; its sums stay below 2^31. */
function sumTaps(run: PassRun, place: PassPlace): void {
  const { from, to, taps, step, channels } = run;
  const count = taps.counts[place.output] as number;
  const first = place.fromBase + (taps.starts[place.output] as number) * step;
  const table = place.output * taps.stride;
  for (let c = 0; c < channels; c++) {
    let sum = ROUND;
    for (let k = 0, at = first + c; k < count; k++, at += step) {
      sum += (from[at] as number) * (taps.coefficients[table + k] as number);
    }
    const value = sum >> COEFFICIENT_BITS;
    to[place.toBase + c] = value < 0 ? 0 : value > 255 ? 255 : value;
  }
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
