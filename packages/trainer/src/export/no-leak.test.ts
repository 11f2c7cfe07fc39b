import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadBundleFolder } from '@sim4seg/compute/bundle';
import { toRgbU8 } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import { decodeImage, openDatasets } from '@sim4seg/data';
import { describe, expect, it } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const bundleFolder = fileURLToPath(new URL('packages/bundle-tiny/bundle', root));
const realFolder = fileURLToPath(new URL('../shared/data/real', root));
const sets = ['isic2017', 'busi', 'bone_fracture', 'hrf', 'drive', 'chasedb1'];

const SIDE = 12;
/** Two pictures whose thumbnails differ by less than this (mean of 0..255) look the same to a person. */
const LOOK_ALIKE = 1.5;

/** Means over a grid, each channel apart. */
function thumbnail(image: MedicalImage): Float32Array {
  const { data, widthPx, heightPx } = toRgbU8(image);
  const sums = new Float32Array(SIDE * SIDE * 3);
  const counts = new Float32Array(SIDE * SIDE * 3);
  for (let y = 0; y < heightPx; y += 2) {
    for (let x = 0; x < widthPx; x += 2) {
      const cell = Math.floor((y * SIDE) / heightPx) * SIDE + Math.floor((x * SIDE) / widthPx);
      for (let c = 0; c < 3; c++) {
        sums[cell * 3 + c]! += data[(y * widthPx + x) * 3 + c] as number;
        counts[cell * 3 + c]! += 1;
      }
    }
  }
  return sums.map((sum, i) => sum / (counts[i] as number));
}

const difference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;

async function picturesOf(split: string): Promise<{ id: string; sha256: string; small: Float32Array }[]> {
  const pictures = [];
  for (const dataset of await openDatasets(sets.map((name) => `${realFolder}/${name}`))) {
    for await (const { imagePath, record } of dataset.stream({ split })) {
      const image = await decodeImage(readFileSync(imagePath));
      pictures.push({ id: record.id, sha256: image.sha256, small: thumbnail(image) });
    }
  }
  return pictures;
}

const missing = [bundleFolder, realFolder].filter((folder) => !existsSync(folder));
if (missing.length > 0)
  process.stdout.write(`leak of val into the bundle: not tested, there is no ${missing.join(', ')}\n`);

describe.skipIf(missing.length > 0)('the shipped bundle', () => {
  it('was trained on no val image, nor on one that looks like it', async () => {
    const { manifest } = await loadBundleFolder(bundleFolder);
    const trained = new Set(manifest.training.imageSha256);
    const val = await picturesOf('val');
    const train = await picturesOf('train');
    expect(train.every(({ sha256 }) => trained.has(sha256))).toBe(true);
    expect(val.filter(({ sha256 }) => trained.has(sha256)).map(({ id }) => id)).toEqual([]);
    const alike = val.flatMap(({ id, small }) =>
      train.filter((other) => difference(small, other.small) < LOOK_ALIKE).map((other) => `${id} = ${other.id}`),
    );
    expect(alike).toEqual([]);
  }, 120_000);
});
