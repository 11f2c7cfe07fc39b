import { cp, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSafetensorsFile } from '../node/safetensors-file.js';
import { loadBundleFolder } from './bundle-folder.js';
import { composeBundle, type BundleWeights } from './compose-bundle.js';
import { expectGraphWeights, parseManifest, type BundleDescription } from './manifest.js';
import { verifyBundle } from './verify-bundle.js';

let root: string;
let folder: string;
let original: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-verify-'));
  folder = join(root, 'bundle');
  original = join(root, 'original.safetensors');
  await writeSafetensorsFile(original, { w: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } });
});
afterEach(() => rm(root, { recursive: true }));

const description: BundleDescription = {
  name: 'toy',
  version: '1.0.0',
  intendedUse: 'Research only.',
  parts: { head: {} },
  config: {},
  preprocessing: {},
  labels: {},
  conversation: { order: 'segment-first' },
  thresholds: {},
  licences: [],
  training: { imageSha256: [], sets: [], config: {} },
};

const set = (file: string) => ({ head: { file, precision: 'as stored', parts: ['head'], prefix: '' } }) as const;

const copied = async (fresh: string): Promise<BundleWeights> => {
  await cp(original, join(fresh, 'head.safetensors'));
  await writeFile(join(fresh, 'README.md'), '# Toy');
  return { weightSets: set('head.safetensors'), references: {} };
};
const referred = async (): Promise<BundleWeights> => ({
  weightSets: set('original.safetensors'),
  references: { 'original.safetensors': original },
});

const kinds = async () => (await verifyBundle(folder)).problems.map(({ kind, file }) => `${kind} ${file}`);

describe('verifyBundle', () => {
  it('finds nothing in what was written', async () => {
    const { sha256 } = await composeBundle(folder, description, copied);
    const check = await verifyBundle(folder);
    expect([check.problems, check.sha256]).toEqual([[], sha256]);
    expect((await loadBundleFolder(folder, { hashes: 'all' })).manifest.weightSets['head']?.file).toBe(
      'head.safetensors',
    );
  });

  it('names every missing, damaged, foreign and linked file at once', async () => {
    await composeBundle(folder, description, copied);
    const bytes = await readFile(original);
    await writeFile(join(folder, 'head.safetensors'), bytes.fill(1, bytes.length - 4));
    await writeFile(join(folder, 'extra.bin'), '');
    await rm(join(folder, 'README.md'));
    expect(await kinds()).toEqual(['missing README.md', 'damaged head.safetensors', 'foreign extra.bin']);
    await writeFile(join(root, 'README.md'), '# Toy');
    await symlink(join(root, 'README.md'), join(folder, 'README.md'));
    expect(await kinds()).toContain('outside README.md');
    await expect(loadBundleFolder(folder)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
  });

  it('follows references to where they lie, and checks them', async () => {
    await composeBundle(folder, description, referred);
    const { pathOf } = await loadBundleFolder(folder);
    expect(pathOf('original.safetensors')).toBe(original);
    expect(await kinds()).toEqual([]);
    await truncate(original, 5);
    expect(await kinds()).toEqual(['damaged original.safetensors']);
    await rm(join(folder, 'references.local.json'));
    await expect(loadBundleFolder(folder)).rejects.toThrow('original.safetensors');
  });

  it('reads a large file, which opening leaves unread', async () => {
    const large = join(root, 'large.bin');
    await writeFile(large, '');
    await truncate(large, 2 ** 26 + 1);
    await composeBundle(folder, description, async () => ({
      weightSets: set('large.bin'),
      references: { 'large.bin': large },
    }));
    const file = await open(large, 'r+');
    await file.write(Uint8Array.of(1), 0, 1, 2 ** 25);
    await file.close();
    await loadBundleFolder(folder);
    await expect(loadBundleFolder(folder, { hashes: 'all' })).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
    expect(await kinds()).toEqual(['damaged large.bin']);
    await truncate(large, 2 ** 26);
    await expect(loadBundleFolder(folder)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
  });

  it('leaves an older bundle alone where a new one cannot be made', async () => {
    const { sha256 } = await composeBundle(folder, description, copied);
    await expect(composeBundle(folder, description, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const unknown = async () => ({ weightSets: set('../head.safetensors'), references: {} });
    await expect(composeBundle(folder, description, unknown)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    expect((await verifyBundle(folder)).sha256).toBe(sha256);
  });
});

describe('manifests', () => {
  it('are refused where a path leaves the folder, wherever it stands', async () => {
    const { manifest } = await composeBundle(folder, description, copied);
    const file = { sha256: 'a'.repeat(64), bytes: 1 };
    for (const wrong of [
      { weightSets: set('/etc/passwd') },
      { files: { '../head.safetensors': file } },
      { references: { 'a/../../b': file } },
      { graphs: { g: { file: 'C:\\x', program: file.sha256 } } },
    ]) {
      const json = JSON.stringify({ ...manifest, ...wrong });
      expect(() => parseManifest(json, 'manifest.json')).toThrow(expect.objectContaining({ code: 'PATH_OUTSIDE' }));
      await writeFile(join(folder, 'manifest.json'), json);
      await expect(loadBundleFolder(folder)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    }
  });

  it('of version 1 have a weights file', async () => {
    const { manifest } = await composeBundle(folder, description, copied);
    const older = JSON.stringify({ ...manifest, schemaVersion: 1 });
    expect(() => parseManifest(older, 'manifest.json')).toThrow('weights');
    expect(() => expectGraphWeights(manifest)).toThrow(expect.objectContaining({ code: 'BUNDLE_MISSING' }));
  });
});
