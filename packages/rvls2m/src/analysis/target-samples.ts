import type { MaskBits, ModelFrame } from '@sim4seg/core';
import { maskToBytes } from '@sim4seg/core';

/**
 * A mask of the original frame at the samples of a prompt mask: uint8[S*S]; the pixel under a sample's centre; 0 in the
 * padding.
 */
export function targetSamples(mask: MaskBits, frame: ModelFrame, side: number): Uint8Array {
  const bytes = maskToBytes(mask);
  const samples = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const row = pixelUnder(y, side, { sidePx: frame.sidePx, contentPx: frame.contentHeightPx, pixels: mask.heightPx });
    for (let x = 0; x < side && row >= 0; x++) {
      const column = pixelUnder(x, side, {
        sidePx: frame.sidePx,
        contentPx: frame.contentWidthPx,
        pixels: mask.widthPx,
      });
      if (column >= 0 && (bytes[row * mask.widthPx + column] ?? 0) > 0) samples[y * side + x] = 1;
    }
  }
  return samples;
}

/** -1 in the padding. */
function pixelUnder(
  sample: number,
  side: number,
  { sidePx, contentPx, pixels }: { readonly sidePx: number; readonly contentPx: number; readonly pixels: number },
): number {
  const place = (((sample + 0.5) / side) * sidePx) / contentPx;
  return place < 1 ? Math.floor(place * pixels) : -1;
}
