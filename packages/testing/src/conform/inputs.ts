import { createHash } from 'node:crypto';
import { emptyMask, maskFromValues } from '@sim4seg/core';
import type { Candidate, FloatArray, MaskBits, MedicalImage } from '@sim4seg/core';
import type { Variety } from './suite.js';

/** A number in (-1, 1) that follows from place and seed. */
export const waveAt = (place: number, seed: number): number =>
  Math.sin(12.9898 * (place + 1) + 78.233 * (seed + 1)) * 0.9;

/** A float32 array of numbers in (-1, 1); a constant one holds 0.5, an empty one zeros; NaN is in its middle. */
export function testFloats(shape: readonly number[], variety: Variety, seed: number): FloatArray {
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length }, (_, i) => waveAt(i, seed));
  if (variety === 'constant') data.fill(0.5);
  if (variety === 'empty') data.fill(0);
  if (variety === 'notANumber') data[length >> 1] = Number.NaN;
  return { data, shape };
}

interface Pixels {
  readonly dtype: MedicalImage['dtype'];
  readonly data: MedicalImage['data'];
  readonly channels: 1 | 3;
}

/** 8-bit RGB, 16-bit grey and float32 grey in turn: parts must not assume 8-bit RGB. */
function ordinaryPixels(count: number, seed: number): Pixels {
  const shade = (i: number): number => (waveAt(i >> 3, seed) + 1) / 2;
  if (seed % 3 === 1) {
    return { dtype: 'uint16', data: Uint16Array.from({ length: count }, (_, i) => shade(i) * 4095), channels: 1 };
  }
  if (seed % 3 === 2) {
    return { dtype: 'float32', data: Float32Array.from({ length: count }, (_, i) => shade(i)), channels: 1 };
  }
  return { dtype: 'uint8', data: Uint8Array.from({ length: 3 * count }, (_, i) => shade(i) * 255), channels: 3 };
}

function pixelsOf(count: number, variety: Variety, seed: number): Pixels {
  if (variety === 'constant') return { dtype: 'uint8', data: new Uint8Array(3 * count).fill(7), channels: 3 };
  if (variety === 'empty') return { dtype: 'uint8', data: new Uint8Array(3 * count), channels: 3 };
  if (variety === 'ordinary') return ordinaryPixels(count, seed);
  const { data } = testFloats([count], 'notANumber', seed);
  return { dtype: 'float32', data, channels: 1 };
}

const NO_PLACE = {
  spacingMm: null,
  orientation: null,
  window: null,
  seriesId: null,
  sliceIndex: null,
  frameIndex: null,
} as const;

/** An image; the empty one is black and one pixel high. */
export function testImage(variety: Variety, seed: number): MedicalImage {
  const [widthPx, heightPx] = variety === 'empty' ? [40, 1] : [48, 32];
  const pixels = pixelsOf(widthPx * heightPx, variety, seed);
  const sha256 = createHash('sha256').update(new Uint8Array(pixels.data.buffer)).digest('hex');
  return { ...pixels, widthPx, heightPx, ...NO_PLACE, sha256 };
}

const CANDIDATE_FRAME = { widthPx: 16, heightPx: 12, frameId: '0'.repeat(64) } as const;

function testMask(variety: Variety, seed: number): MaskBits {
  if (variety === 'empty') return emptyMask(CANDIDATE_FRAME);
  const { widthPx, heightPx } = CANDIDATE_FRAME;
  const left = variety === 'constant' ? 2 : seed % 5;
  const values = Float32Array.from({ length: widthPx * heightPx }, (_, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    return x >= left && x < left + 6 && y >= 3 && y < 9 ? 1 : -1;
  });
  return maskFromValues(values, CANDIDATE_FRAME);
}

/** Four candidates of two paths; the constant ones are alike, the empty ones have no pixel. */
export function testCandidates(variety: Variety, seed: number): Candidate[] {
  const alike = variety === 'constant';
  return Array.from({ length: 4 }, (_, i) => {
    const chance = alike ? 0.5 : (waveAt(i, seed) + 1) / 2;
    return {
      pathIndex: i >> 1,
      maskIndex: i % 2,
      maskBits: testMask(variety, seed + i),
      maskConfidence: 0.5 + chance / 2,
      predictedIou: variety === 'notANumber' && i === 1 ? Number.NaN : chance,
      pathLogProb: -0.1 - chance,
      diagnosisId: alike || i % 2 === 0 ? 'nevus' : null,
    };
  });
}
