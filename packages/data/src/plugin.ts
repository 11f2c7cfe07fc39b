import { definePlugin, Sim4SegError, services } from '@sim4seg/core';
import { z } from 'zod';
import { toFolderDataset } from './folder-dataset.js';
import { cocoOptions, openCoco } from './importers/coco.js';
import { imageMaskPairsOptions, openImageMaskPairs } from './importers/image-mask-pairs.js';
import { openDatasets } from './open-datasets.js';
import { DEFAULT_PHANTOM_WIDTH_PX, PHANTOM_KINDS } from './phantoms/make-phantom.js';
import { createPhantomDataset } from './phantoms/phantom-dataset.js';

/** One folder with `cases.jsonl`. */
export const caseFolderDatasetPlugin = definePlugin({
  id: 'case-folder',
  contractVersion: '1',
  needs: {},
  provides: services.dataset,
  optionsSchema: z.strictObject({ path: z.string().min(1), split: z.string().optional() }),
  async create({ options }) {
    const [opened, ...more] = await openDatasets([options.path]);
    if (opened !== undefined && more.length === 0) return toFolderDataset(opened, options.split);
    throw new Sim4SegError('CASES_INVALID', {
      must: 'The dataset plugin "case-folder" opens exactly one dataset',
      got: `${options.path} holds ${more.length + 1}`,
      fix: 'Name one of the folders in it, or use the importer "case-folders"',
    });
  },
});

/** Phantoms that are drawn when they are read. */
export const phantomDatasetPlugin = definePlugin({
  id: 'phantoms',
  contractVersion: '1',
  needs: {},
  provides: services.dataset,
  optionsSchema: z.strictObject({
    kind: z.enum(PHANTOM_KINDS),
    n: z.int().positive(),
    seed: z.int().nonnegative().default(1),
    split: z.enum(['train', 'val']),
    widthPx: z.int().min(64).max(2048).default(DEFAULT_PHANTOM_WIDTH_PX),
  }),
  create: ({ options }) => createPhantomDataset(options),
});

/** Every dataset behind a path: a `cases.jsonl`, a folder that holds one, or a folder of such folders. */
export const caseFoldersImporterPlugin = definePlugin({
  id: 'case-folders',
  contractVersion: '1',
  needs: {},
  provides: services.importer,
  optionsSchema: z.strictObject({ split: z.string().optional() }),
  create: ({ options }) => ({
    open: async (source: string) =>
      (await openDatasets([source])).map((opened) => toFolderDataset(opened, options.split)),
  }),
});

/** A folder of images and a folder of masks of the same names. */
export const imageMaskPairsImporterPlugin = definePlugin({
  id: 'image-mask-pairs',
  contractVersion: '1',
  needs: {},
  provides: services.importer,
  optionsSchema: imageMaskPairsOptions,
  create: ({ options }) => ({ open: async (source: string) => [await openImageMaskPairs(source, options)] }),
});

/** Annotations in the form of COCO: polygons and run lengths. */
export const cocoImporterPlugin = definePlugin({
  id: 'coco',
  contractVersion: '1',
  needs: {},
  provides: services.importer,
  optionsSchema: cocoOptions,
  create: ({ options }) => ({ open: async (source: string) => [await openCoco(source, options)] }),
});
