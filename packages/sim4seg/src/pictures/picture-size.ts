import { maskFromValues, maskToBytes, resizePillow, toRgbU8 } from '@sim4seg/core';
import type { MaskBits, MedicalImage } from '@sim4seg/core';
import type { Picture } from '@sim4seg/data';

/** Pictures for looking at are at most this large; masks always keep the original size. */
const LONGEST_VIEW_PX = 1600;

/** An RGB copy of an image for looking at, at most {@link LONGEST_VIEW_PX} long. uint8[h, w, 3]; 0..255 */
export function toViewPicture(image: MedicalImage): Picture {
  const rgb = toRgbU8(image);
  const size = viewSize(image);
  const pixels = size.widthPx === rgb.widthPx ? rgb : resizePillow(rgb, size, { filter: 'bilinear' });
  return { ...size, data: pixels.data.slice(), channels: 3 };
}

/** The size of an image's pictures for looking at. */
export function viewSize({ widthPx, heightPx }: { widthPx: number; heightPx: number }): {
  widthPx: number;
  heightPx: number;
} {
  const scale = Math.min(1, LONGEST_VIEW_PX / Math.max(widthPx, heightPx));
  if (scale === 1) return { widthPx, heightPx };
  return {
    widthPx: Math.max(1, Math.round(widthPx * scale)),
    heightPx: Math.max(1, Math.round(heightPx * scale)),
  };
}

/** A mask in the size of the pictures for looking at; the mask itself where nothing shrinks. */
export function toViewMask(mask: MaskBits): MaskBits {
  const size = viewSize(mask);
  if (size.widthPx === mask.widthPx) return mask;
  const grey = { data: maskToBytes(mask), widthPx: mask.widthPx, heightPx: mask.heightPx, channels: 1 };
  const small = resizePillow(grey, size, { filter: 'bilinear' });
  return maskFromValues(small.data, { ...size, frameId: mask.frameId }, 127);
}
