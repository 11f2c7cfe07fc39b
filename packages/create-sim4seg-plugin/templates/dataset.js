import { readFile, readdir } from 'node:fs/promises';
import { basename, resolve, sep } from 'node:path';
import { Sim4SegError, definePlugin, services } from '@sim4seg/core';
import { z } from 'zod';

const optionsSchema = z.strictObject({
  /** Folder with pictures. */
  path: z.string().min(1),
  modality: z.string().min(1).default('photograph'),
  anatomy: z.string().min(1).default('skin'),
  target: z.string().min(1).default('skin lesion'),
  split: z.string().default('val'),
});

const unreadable = (path, cause) =>
  new Sim4SegError('CASES_INVALID', {
    must: 'A dataset and its files are there',
    got: `${path} cannot be read`,
    fix: 'name a folder with pictures, and files that lie in it',
    cause,
  });

/** Names of the pictures in a folder, in a fixed order. */
const picturesIn = async (folder) => {
  const names = await readdir(folder).catch((cause) => Promise.reject(unreadable(folder, cause)));
  return names.filter((name) => /\.(png|jpe?g)$/i.test(name)).sort();
};

/** One case a picture: the place to read masks and diagnoses, too. */
const caseOf = (name, { modality, anatomy, target, split }) => ({
  id: name,
  image: name,
  modality,
  anatomy,
  target,
  split,
});

const readInside = async (folder, path) => {
  const file = resolve(folder, path);
  if (!file.startsWith(resolve(folder) + sep)) throw unreadable(path);
  return readFile(file).catch((cause) => Promise.reject(unreadable(path, cause)));
};

const datasetOf = (folder, options) => ({
  name: basename(resolve(folder)),
  async *cases() {
    for (const name of await picturesIn(folder)) yield caseOf(name, options);
  },
  read: (path) => readInside(folder, path),
});

export const plugin = definePlugin({
  id: 'plugin-id',
  contractVersion: '1',
  needs: {},
  provides: services.dataset,
  optionsSchema,
  create: ({ options }) => datasetOf(options.path, options),
});
