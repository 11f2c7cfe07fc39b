import { maskToBytes } from '@sim4seg/core';
import type { MaskBits, MedicalImage } from '@sim4seg/core';
import type { Picture } from '@sim4seg/data';
import { drawNotice } from './draw-notice.js';
import { toViewMask, toViewPicture } from './picture-size.js';

type Rgb = readonly [number, number, number];

/** One colour a finding; they repeat. Chosen to stand out from skin, tissue and grey pictures. */
const FINDING_COLOURS: readonly Rgb[] = [
  [0, 229, 160],
  [255, 176, 0],
  [94, 160, 255],
  [255, 94, 188],
];
const FILL = 0.32;

/** The image with the masks of its findings tinted and outlined, and the research-only notice. uint8[h, w, 3] */
export function drawOverlay(image: MedicalImage, masks: readonly (MaskBits | null)[]): Picture {
  const picture = toViewPicture(image);
  masks.forEach((mask, index) => {
    if (mask) drawMask(picture, toViewMask(mask), FINDING_COLOURS[index % FINDING_COLOURS.length] as Rgb);
  });
  drawNotice(picture);
  return picture;
}

function drawMask(picture: Picture, mask: MaskBits, colour: Rgb): void {
  const inside = maskToBytes(mask, 1);
  const reach = Math.max(1, Math.round(Math.max(mask.widthPx, mask.heightPx) / 400));
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === 0) continue;
    blend(picture.data, { pixel: i, colour, share: isBorder(inside, { i, width: mask.widthPx, reach }) ? 1 : FILL });
  }
}

/** Whether a pixel of the mask has background (or the picture's edge) within `reach` pixels along an axis. */
function isBorder(inside: Uint8Array, { i, width, reach }: { i: number; width: number; reach: number }): boolean {
  const x = i % width;
  if (x < reach || x >= width - reach) return true;
  const neighbours = [i - reach, i + reach, i - reach * width, i + reach * width];
  return neighbours.some((n) => !inside[n]);
}

function blend(data: Uint8Array, at: { pixel: number; colour: Rgb; share: number }): void {
  for (let c = 0; c < 3; c++) {
    const k = at.pixel * 3 + c;
    data[k] = Math.round((data[k] as number) * (1 - at.share) + (at.colour[c] as number) * at.share);
  }
}
