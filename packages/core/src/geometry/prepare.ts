import type { Breathe } from '../breath.js';
import type { MedicalImage, ModelFrame } from '../contracts/image.js';
import { toRgbU8 } from './intensity.js';
import { createModelFrame } from './model-frame.js';
import { resizePillow, resizePillowInTurns } from './pillow-resize.js';
import type { PixelsU8, Size } from './size.js';

/** Mean and deviation a channel, in units of the 0..255 scale. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Means and deviations of SAM (ImageNet's, times 255). @source segment-anything build_sam.py */
export const SAM_NORMALISATION: Normalisation = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] };

/** Maps 0..255 to 0..1. */
export const UNIT_NORMALISATION: Normalisation = { mean: [0, 0, 0], std: [255, 255, 255] };

/** A picture in its model frame: `pixels` float32[channels, sidePx, sidePx]; NCHW without N; zeros in the padding. */
export interface PreparedImage {
  readonly pixels: Float32Array;
  readonly frame: ModelFrame;
}

/**
 * Longest-side resize (Pillow-equal, bilinear), normalisation, zero padding at the right and at the bottom.
 * - `image`: uint8[h, w, 3]; original frame. Returns float32[3, sidePx, sidePx]; model frame; padding is 0 AFTER normalising
 * @source segment-anything ResizeLongestSide.apply_image and Sam.preprocess
 * @deviation none
 */
export function prepareLongestSide(image: PixelsU8, options: PrepareOptions): PreparedImage {
  const frame = createModelFrame(image, options.sidePx);
  return placeInFrame(resizePillow(image, contentOf(frame), { filter: 'bilinear' }), frame, options);
}

/** As {@link prepareLongestSide}, to the last bit; other work gets its turn in between: for large pictures. */
export async function prepareLongestSideInTurns(
  image: PixelsU8,
  options: PrepareOptions,
  breathe: Breathe,
): Promise<PreparedImage> {
  const frame = createModelFrame(image, options.sidePx);
  const resized = await resizePillowInTurns(image, contentOf(frame), { filter: 'bilinear', breathe });
  return placeInFrame(resized, frame, options);
}

/** Side of the model frame, and what is done to its values. */
export interface PrepareOptions {
  readonly sidePx: number;
  readonly normalisation: Normalisation;
}

const contentOf = ({ contentWidthPx, contentHeightPx }: ModelFrame): Size => ({
  widthPx: contentWidthPx,
  heightPx: contentHeightPx,
});

function placeInFrame(image: PixelsU8, frame: ModelFrame, { sidePx, normalisation }: PrepareOptions): PreparedImage {
  const pixels = new Float32Array(image.channels * sidePx * sidePx);
  for (let c = 0; c < image.channels; c++) {
    const mean = normalisation.mean[c] ?? 0;
    const std = normalisation.std[c] ?? 1;
    const table = Float32Array.from({ length: 256 }, (_, v) => (v - mean) / std);
    placeChannel(image, c, { table, pixels, sidePx });
  }
  return { pixels, frame };
}

/**
 * As {@link prepareLongestSide}, for a medical image of any sample type: its window is applied first.
 * - `image`: dtype[h, w, c]; original frame; stored values. Returns float32[3, sidePx, sidePx]; model frame
 */
export function prepareImage(image: MedicalImage, options: PrepareOptions): PreparedImage {
  return prepareLongestSide(toRgbU8(image), options);
}

/**
 * Shortest-edge resize (Pillow-equal, bicubic) and centre crop, still 8-bit.
 * - `image`: uint8[h, w, c]; returns uint8[size, size, c]; crop offset floor((resized - size) / 2) per axis
 * @source transformers 4.31 CLIPImageProcessor.resize and center_crop
 */
export function cropShortestEdge(image: PixelsU8, size: number): PixelsU8 {
  const resized = resizePillow(image, shortestEdgeSize(image, size), { filter: 'bicubic' });
  const left = Math.floor((resized.widthPx - size) / 2);
  const top = Math.floor((resized.heightPx - size) / 2);
  const row = size * image.channels;
  const data = new Uint8Array(size * row);
  for (let y = 0; y < size; y++) {
    const from = ((top + y) * resized.widthPx + left) * image.channels;
    data.set(resized.data.subarray(from, from + row), y * row);
  }
  return { data, widthPx: size, heightPx: size, channels: image.channels };
}

/** Size after the short side became `size`; the long one is int(size * long / short). */
export function shortestEdgeSize(image: Size, size: number): Size {
  const long = Math.trunc((size * Math.max(image.widthPx, image.heightPx)) / Math.min(image.widthPx, image.heightPx));
  return image.widthPx <= image.heightPx ? { widthPx: size, heightPx: long } : { widthPx: long, heightPx: size };
}

/**
 * Rescales and normalises for CLIP: x / 255, minus mean, divided by deviation.
 * - `image`: uint8[h, w, 3]; `mean`, `std` on the 0..1 scale; returns float32[3, h, w]
 * @source transformers 4.31 CLIPImageProcessor.rescale and normalize
 */
export function toChannelsFirst(image: PixelsU8, { mean, std }: Normalisation): Float32Array {
  const plane = image.widthPx * image.heightPx;
  const out = new Float32Array(plane * image.channels);
  for (let c = 0; c < image.channels; c++) {
    const table = Float32Array.from({ length: 256 }, (_, v) => (v / 255 - (mean[c] ?? 0)) / (std[c] ?? 1));
    for (let i = 0; i < plane; i++) out[c * plane + i] = table[image.data[i * image.channels + c] as number] as number;
  }
  return out;
}

function placeChannel(
  image: PixelsU8,
  channel: number,
  { table, pixels, sidePx }: { table: Float32Array; pixels: Float32Array; sidePx: number },
): void {
  const { widthPx, heightPx, channels, data } = image;
  for (let y = 0; y < heightPx; y++) {
    const to = (channel * sidePx + y) * sidePx;
    for (let x = 0; x < widthPx; x++) {
      pixels[to + x] = table[data[(y * widthPx + x) * channels + channel] as number] as number;
    }
  }
}
