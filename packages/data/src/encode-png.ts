import sharp from 'sharp';
import { maskToPicture } from './picture.js';
import type { MaskPicture, Picture } from './picture.js';

/** Encodes a grey or RGB picture as PNG; equal pixels give equal bytes. */
export async function encodePng({ data, widthPx, heightPx, channels }: Picture): Promise<Uint8Array> {
  const image = sharp(data, { raw: { width: widthPx, height: heightPx, channels } });
  return image
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Encodes a mask as a grey PNG with the values 0 and 255, also when it is empty. */
export async function encodeMaskPng(mask: MaskPicture): Promise<Uint8Array> {
  return encodePng(maskToPicture(mask));
}

/** Renders an SVG document (of our own making, never a user's) as PNG. */
export async function svgToPng(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg)).png().toBuffer();
}
