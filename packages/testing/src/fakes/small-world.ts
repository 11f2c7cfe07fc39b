import type { FloatArray, MedicalImage, ModelFrame } from '@sim4seg/core';

/** Sizes that all fakes share, small enough to compute by hand. */
export const smallWorld = {
  inputSidePx: 8,
  channels: 2,
  embeddingSide: 2,
  promptSide: 8,
  lowResSide: 8,
  tokenRows: 2,
  tokenColumns: 2,
} as const;

/** A float32 array of zeros. */
export function zeros(...shape: readonly number[]): FloatArray {
  return { data: new Float32Array(shape.reduce((product, size) => product * size, 1)), shape };
}

/** An 8-bit RGB picture whose pixels follow from `seed`; its sha256 is a stand-in that names the seed. */
export function fakeImage(options: { widthPx?: number; heightPx?: number; seed?: number } = {}): MedicalImage {
  const { widthPx = 16, heightPx = 8, seed = 0 } = options;
  const data = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => (i * 37 + seed * 101) % 256);
  const place = {
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
  };
  return {
    dtype: 'uint8',
    data,
    widthPx,
    heightPx,
    channels: 3,
    ...place,
    sha256: seed.toString(16).padStart(64, '0'),
  };
}

/** The model frame of an image in the small world. */
export function fakeFrame({ widthPx, heightPx }: MedicalImage): ModelFrame {
  const scale = smallWorld.inputSidePx / Math.max(widthPx, heightPx);
  return {
    sidePx: smallWorld.inputSidePx,
    contentWidthPx: Math.max(1, Math.round(widthPx * scale)),
    contentHeightPx: Math.max(1, Math.round(heightPx * scale)),
    originalWidthPx: widthPx,
    originalHeightPx: heightPx,
  };
}
