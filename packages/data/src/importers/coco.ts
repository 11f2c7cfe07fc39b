import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import { z } from 'zod';
import { encodeMaskPng } from '../encode-png.js';
import { readCocoFile } from './coco-file.js';
import type { CocoFile, CocoImage, CocoSegmentation } from './coco-file.js';
import { drawCocoMask } from './coco-mask.js';
import { invalidSource, toListedDataset } from './listed-dataset.js';
import { subjectOptions } from './subject.js';

export const cocoOptions = z.strictObject({
  ...subjectOptions,
  /** File of the annotations where the source is a folder. */
  annotations: z.string().min(1).default('annotations.json'),
  /** Folder of the images beside the annotations; '.' for their own folder. */
  images: z.string().min(1).default('images'),
  /** Category -> what its cases are called and diagnosed; other categories keep their name and have no diagnosis. */
  categories: z
    .record(
      z.string(),
      z.strictObject({ target: z.string().min(1), diagnosis: z.string().min(1).nullable().default(null) }),
    )
    .default({}),
});

export type CocoOptions = z.infer<typeof cocoOptions>;

/**
 * Annotations in the form of COCO as one dataset: a case for each category that an image shows, whose mask is the union
 * of its objects, drawn when it is read.
 * @param source the file of the annotations, or its folder
 * @throws CASES_INVALID, FOLDER_EMPTY
 */
export async function openCoco(source: string, options: CocoOptions): Promise<Dataset> {
  const path = resolve(source);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(path, options.annotations) : path;
  const objects = groupObjects(file, await readCocoFile(file));
  if (objects.length === 0) throw noObjects(file);
  const drawn = new Map<string, () => Promise<Uint8Array>>();
  const records = objects.map((object) => {
    const record = toRecord(object, options);
    drawn.set(record.mask as string, () => encodeMaskPng(drawCocoMask(object.image, object.segmentations)));
    return record;
  });
  const folder = dirname(file);
  const name = isFolder ? basename(path) : basename(file, extname(file));
  return toListedDataset({ name, folder, records, drawn });
}

/** All objects of one category in one image. */
interface CocoObjects {
  readonly image: CocoImage;
  readonly category: string;
  readonly segmentations: CocoSegmentation[];
}

function groupObjects(file: string, { images, categories, annotations }: CocoFile): CocoObjects[] {
  const imageOf = new Map(images.map((image) => [image.id, image]));
  const nameOf = new Map(categories.map(({ id, name }) => [id, name]));
  const groups = new Map<string, CocoObjects>();
  for (const [i, { image_id, category_id, segmentation }] of annotations.entries()) {
    const [image, category] = [imageOf.get(image_id), nameOf.get(category_id)];
    if (!image || category === undefined) {
      throw invalidSource(
        file,
        `annotations.${i} names image ${image_id} and category ${category_id}, one is not there`,
      );
    }
    const key = JSON.stringify([image_id, category_id]);
    const group = groups.get(key) ?? { image, category, segmentations: [] };
    group.segmentations.push(segmentation);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function toRecord({ image, category }: CocoObjects, options: CocoOptions): CaseRecord {
  const { modality, anatomy, split, categories, images } = options;
  const named = Object.hasOwn(categories, category) ? categories[category] : undefined;
  const id = `${plain(image.file_name.replace(/\.[^.]*$/, ''))}_${plain(category)}`;
  return {
    id,
    image: join(images, image.file_name).replaceAll('\\', '/'),
    mask: `masks/${id}.png`,
    modality,
    anatomy,
    target: named?.target ?? category,
    diagnosis: named?.diagnosis ?? null,
    patient: null,
    split,
  };
}

/** Ids are plain file names, whatever folders and categories are called. */
const plain = (text: string): string => text.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[^\p{L}\p{N}_]+/u, '');

function noObjects(file: string): Sim4SegError {
  return new Sim4SegError('FOLDER_EMPTY', {
    must: 'Annotations must hold at least one object',
    got: `${file} has none`,
    fix: 'Check the file and the option annotations',
  });
}
