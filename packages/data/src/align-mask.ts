import type { MaskPicture } from './picture.js';

/** Orientation of a picture file by EXIF: 1 as stored, 2 to 8 mirrored or turned. */
export type ExifOrientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/**
 * Brings a mask that was drawn over the stored pixels of a picture into the frame in which that picture is shown.
 * @param mask uint8[height, width]; stored frame of the picture
 * @returns uint8[height, width] or, where EXIF turns by a right angle, uint8[width, height]; original frame
 * @source EXIF 2.32, 4.6.5.1.6 (tag 274, Orientation)
 */
export function orientMask(mask: MaskPicture, orientation: ExifOrientation): MaskPicture {
  const turned = orientation >= 5;
  const [widthPx, heightPx] = turned ? [mask.heightPx, mask.widthPx] : [mask.widthPx, mask.heightPx];
  // Which stored axis runs backwards along the axes of the shown picture.
  const backX = orientation === 2 || orientation === 3 || orientation === 7 || orientation === 8;
  const backY = orientation === 3 || orientation === 4 || orientation === 6 || orientation === 7;
  const maskBits = new Uint8Array(mask.maskBits.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const [u, v] = turned ? [y, x] : [x, y];
      const storedX = backX ? mask.widthPx - 1 - u : u;
      const storedY = backY ? mask.heightPx - 1 - v : v;
      maskBits[y * widthPx + x] = mask.maskBits[storedY * mask.widthPx + storedX] as number;
    }
  }
  return { maskBits, widthPx, heightPx };
}
