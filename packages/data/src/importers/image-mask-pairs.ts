import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import { z } from 'zod';
import { invalidSource, toListedDataset } from './listed-dataset.js';
import { subjectOptions } from './subject.js';

export const imageMaskPairsOptions = z.strictObject({
  ...subjectOptions,
  target: z.string().min(1),
  diagnosis: z.string().min(1).nullable().default(null),
  /** Folder of the images inside the source; '.' for the source itself. */
  images: z.string().min(1).default('images'),
  /** Folder of the masks inside the source; may be that of the images. */
  masks: z.string().min(1).default('masks'),
  /** What stands between the name of an image and the ending in the name of its mask; a mask without it is found, too. */
  maskSuffix: z.string().default('_mask'),
});

export type ImageMaskPairsOptions = z.infer<typeof imageMaskPairsOptions>;

const PICTURE = /\.(png|jpe?g|tiff?|webp)$/i;

/**
 * A folder of images and a folder of masks as one dataset: a mask belongs to the image whose name it carries. An image
 * without a mask is a case without one; a mask without an image is a mistake.
 * @throws FOLDER_EMPTY, CASES_INVALID
 */
export async function openImageMaskPairs(source: string, options: ImageMaskPairsOptions): Promise<Dataset> {
  const folder = resolve(source);
  const isOneFolder = join(options.images) === join(options.masks);
  const [found, others] = await Promise.all([picturesIn(folder, options.images), picturesIn(folder, options.masks)]);
  const { maskSuffix } = options;
  const isMask = (name: string): boolean => maskSuffix !== '' && stemOf(name).endsWith(maskSuffix);
  const images = isOneFolder ? found.filter((name) => !isMask(name)) : found;
  const masks = isOneFolder ? found.filter(isMask) : others;
  if (images.length === 0) throw noPictures(join(folder, options.images));
  const maskOf = masksByStem(folder, masks, maskSuffix);
  const records = images.map((image): CaseRecord => {
    const mask = maskOf.get(stemOf(image));
    maskOf.delete(stemOf(image));
    return toRecord(options, { image, mask });
  });
  const [orphan] = maskOf.values();
  if (orphan !== undefined) throw invalidSource(folder, `no image has the name of the mask ${orphan}`);
  return toListedDataset({ name: basename(folder), folder, records });
}

const stemOf = (name: string): string => name.replace(PICTURE, '');

async function picturesIn(folder: string, inner: string): Promise<string[]> {
  const names = await readdir(join(folder, inner)).catch(() => []);
  return names.filter((name) => PICTURE.test(name) && !name.startsWith('.')).sort();
}

function masksByStem(folder: string, masks: readonly string[], suffix: string): Map<string, string> {
  const byStem = new Map<string, string>();
  for (const mask of masks) {
    const stem = stemOf(mask);
    const image = suffix !== '' && stem.endsWith(suffix) ? stem.slice(0, -suffix.length) : stem;
    const earlier = byStem.get(image);
    if (earlier !== undefined) throw invalidSource(folder, `${earlier} and ${mask} are masks of one image`);
    byStem.set(image, mask);
  }
  return byStem;
}

function toRecord(
  { images, masks, modality, anatomy, target, diagnosis, split }: ImageMaskPairsOptions,
  { image, mask }: { readonly image: string; readonly mask: string | undefined },
): CaseRecord {
  const inside = (inner: string, name: string): string => join(inner, name).replaceAll('\\', '/');
  return {
    id: stemOf(image),
    image: inside(images, image),
    mask: mask === undefined ? null : inside(masks, mask),
    modality,
    anatomy,
    target,
    diagnosis: mask === undefined ? null : diagnosis,
    patient: null,
    split,
  };
}

function noPictures(folder: string): Sim4SegError {
  return new Sim4SegError('FOLDER_EMPTY', {
    must: 'The folder of the images must hold pictures (PNG, JPEG, TIFF or WebP)',
    got: `${folder} has none`,
    fix: 'Check the path and the option images',
  });
}
