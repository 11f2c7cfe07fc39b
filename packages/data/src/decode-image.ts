import { createHash } from 'node:crypto';
import { Sim4SegError } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { ExifOrientation } from './align-mask.js';
import type { MaskPicture } from './picture.js';
import {
  DEFAULT_PICTURE_LIMITS,
  expectFewBytes,
  expectPictureFormat,
  expectSideLimits,
  expectSinglePicture,
} from './picture-format.js';
import type { PictureLimits } from './picture-format.js';

export interface DecodeOptions {
  /** How messages call the picture, such as its file name. */
  readonly name?: string;
  readonly limits?: Partial<PictureLimits>;
}

/** Values below this share of the range are outside of a mask. */
const MASK_CUT = 128;

/**
 * Decodes PNG, JPEG, TIFF or WebP bytes into a medical image.
 * Result: uint8 or (16-bit files) uint16 [height, width, 1 | 3]; HWC; original frame after EXIF rotation; stored values.
 * Grey stays one channel, palettes become RGB, transparency is laid over black (as padding is).
 * @throws IMAGE_FORMAT (also several pages, other than 8 or 16 bits), IMAGE_TOO_LARGE, IMAGE_TOO_SMALL, IMAGE_UNREADABLE (damaged or cut off)
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions = {}): Promise<MedicalImage> {
  const raw = await decodePixels(bytes, options);
  return {
    ...raw,
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/**
 * Decodes a mask: brightness of at least half the range is inside. Same errors as {@link decodeImage}.
 * Result: uint8[height, width]; 0 or 1; original frame
 */
export async function decodeMask(bytes: Uint8Array, options: DecodeOptions = {}): Promise<MaskPicture> {
  const limits = { minSidePx: 1, ...options.limits };
  const { data, dtype, channels, widthPx, heightPx } = await decodePixels(bytes, { ...options, limits });
  const cut = dtype === 'uint16' ? MASK_CUT * 257 : MASK_CUT;
  const maskBits = new Uint8Array(widthPx * heightPx);
  for (let i = 0; i < maskBits.length; i++) maskBits[i] = (data[i * channels] as number) >= cut ? 1 : 0;
  return { maskBits, widthPx, heightPx };
}

/** How EXIF says that a picture is turned; 1 where it says nothing. */
export async function orientationOf(bytes: Uint8Array): Promise<ExifOrientation> {
  const { orientation = 1 } = await sharp(bytes, { failOn: 'error' }).metadata();
  return orientation >= 1 && orientation <= 8 ? (orientation as ExifOrientation) : 1;
}

interface DecodedPixels {
  readonly dtype: 'uint8' | 'uint16';
  readonly data: Uint8Array | Uint16Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: 1 | 3;
}

async function decodePixels(bytes: Uint8Array, options: DecodeOptions): Promise<DecodedPixels> {
  const name = options.name ?? 'the picture';
  const limits = { ...DEFAULT_PICTURE_LIMITS, ...options.limits };
  expectFewBytes(bytes, limits, name);
  expectPictureFormat(bytes, name);
  const input = sharp(bytes, { failOn: 'error', limitInputPixels: false });
  const header = await input.metadata().catch((cause: unknown) => Promise.reject(damaged(name, cause)));
  expectSideLimits(header.width, header.height, limits, name);
  expectSinglePicture(header, name);
  const wide = header.depth === 'ushort';
  const grey = header.space === 'b-w' || header.space === 'grey16';
  const { data, info } = await toRaw(input.autoOrient(), { wide, grey }).catch((cause: unknown) =>
    Promise.reject(damaged(name, cause)),
  );
  return {
    dtype: wide ? 'uint16' : 'uint8',
    data: wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : new Uint8Array(data),
    widthPx: info.width,
    heightPx: info.height,
    channels: grey ? 1 : 3,
  };
}

function toRaw(image: Sharp, { wide, grey }: { wide: boolean; grey: boolean }) {
  const flat = image.flatten({ background: '#000' });
  const space = grey ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return flat
    .toColourspace(space)
    .raw({ depth: wide ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

function damaged(name: string, cause: unknown): Sim4SegError {
  return new Sim4SegError('IMAGE_UNREADABLE', {
    must: 'A picture file must be whole',
    got: `${name} is damaged or cut off (${cause instanceof Error ? cause.message.trim() : String(cause)})`,
    fix: 'Copy or export the picture again',
    cause,
  });
}
