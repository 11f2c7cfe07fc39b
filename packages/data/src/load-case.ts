import { readFile } from 'node:fs/promises';
import { Sim4SegError } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import { orientMask } from './align-mask.js';
import { decodeImage, decodeMask, orientationOf } from './decode-image.js';
import type { MaskPicture } from './picture.js';
import type { DatasetCase } from './read-cases.js';

/** A case with its pixels. `mask` is null where the case has none. */
export interface LoadedCase {
  readonly image: MedicalImage;
  readonly mask: MaskPicture | null;
}

/**
 * Reads and decodes image and mask of a case. The mask lies over the picture as it is shown, which EXIF may turn; one
 * that has the size of the stored pixels instead is turned along.
 * @throws IMAGE_UNREADABLE (missing, damaged), the other codes of {@link decodeImage}, CASES_INVALID (sizes differ)
 */
export async function loadCase(found: DatasetCase): Promise<LoadedCase> {
  const imageBytes = await readBytes(found.imagePath);
  const image = await decodeImage(imageBytes, { name: found.imagePath });
  if (found.maskPath === null) return { image, mask: null };
  const maskBytes = await readBytes(found.maskPath);
  const mask = await decodeMask(maskBytes, { name: found.maskPath });
  if (hasSizeOf(mask, image)) return { image, mask };
  const turned = orientMask(mask, await orientationOf(imageBytes));
  if (hasSizeOf(turned, image) && (await orientationOf(maskBytes)) === 1) return { image, mask: turned };
  throw new Sim4SegError('CASES_INVALID', {
    must: 'The mask of a case must have the size of its image',
    got: `case ${found.record.id}: image ${image.widthPx} x ${image.heightPx}, mask ${mask.widthPx} x ${mask.heightPx}`,
    fix: 'Correct the mask, or leave it out of the line',
  });
}

function hasSizeOf(mask: MaskPicture, image: MedicalImage): boolean {
  return mask.widthPx === image.widthPx && mask.heightPx === image.heightPx;
}

/**
 * Reads a picture file.
 * @throws IMAGE_UNREADABLE (missing or not readable), the other codes of {@link decodeImage}
 */
export async function readImage(path: string): Promise<MedicalImage> {
  return decodeImage(await readBytes(path), { name: path });
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new Sim4SegError('IMAGE_UNREADABLE', {
      must: 'The picture must be a readable file',
      got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: 'Check the path and its permissions',
      cause,
    });
  });
}
