import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineProgram, initParams, ops, runEager, trace } from '../index.js';
import { linearGraph } from '../../test-support/tiny-model.js';
import { loadBundleFolder } from './bundle-folder.js';
import { parseManifest, type BundleDescription } from './manifest.js';
import { openBundle } from './open-bundle.js';
import { resolveBundle } from './resolve-bundle.js';
import { weightsOfPart } from './store-weights.js';
import { writeBundle, type BundleContent } from './write-bundle.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-bundle-'));
});
afterEach(() => rm(root, { recursive: true }));

const description: BundleDescription = {
  name: 'toy',
  version: '0.0.1',
  intendedUse: 'Research only.',
  parts: { linear: { inputs: 2 } },
  config: { lvlm: { use: 'linear' } },
  preprocessing: { inputSidePx: 4 },
  labels: { lesion: [{ id: 'benign', name: 'benign lesion', synonyms: ['harmless'] }] },
  conversation: { order: 'reason-first' },
  thresholds: { presence: 0.5 },
  licences: [{ name: 'Apache-2.0', appliesTo: 'everything' }],
  training: { imageSha256: ['a'.repeat(64)], sets: [{ name: 'phantoms', images: 1 }], config: {} },
};

const content = (precision: 'float16' | 'float32', scale = 1): BundleContent => ({
  description,
  tensors: {
    'linear.w': { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4).map((value) => value * scale) },
    'linear.norm': { dtype: 'float32', shape: [1], data: Float32Array.of(1.0001) },
  },
  precision,
  graphs: (weights) => ({ 'linear.project': linearGraph(weightsOfPart(weights, 'linear')['w']!) }),
  texts: { 'tokenizer.json': '{}', 'MODEL_CARD.md': '# Toy' },
});

const input = { x: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } };

describe('bundles', () => {
  it.each(['float16', 'float32'] as const)('are written, found, opened and run with %s weights', async (precision) => {
    const written = await writeBundle(join(root, 'toy'), content(precision));
    await using bundle = await openBundle('./toy', { from: [root], threads: 1 });
    expect(bundle).toMatchObject({ name: 'toy', version: '0.0.1', sha256: written.sha256 });
    expect(bundle.labels['lesion']?.[0]?.id).toBe('benign');
    expect(bundle.text('tokenizer.json')).toBe('{}');
    expect(() => bundle.text('other.json')).toThrow('other.json');
    expect(bundle.graphs.has('linear.project')).toBe(true);
    const { y } = await bundle.graphs.run('linear.project', input);
    expect(y).toEqual({ dtype: 'float32', shape: [1, 2], data: Float32Array.of(7, 10) });
    await expect(bundle.graphs.run('linear.other', input)).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
  });

  it("hold graphs of programs, under the program's own names and within half precision of the eager run", async () => {
    const program = defineProgram({
      name: 'refine',
      params: { 'layer.weight': [3, 3], 'layer.bias': [3] },
      inputs: { x: ['n', 3] },
      outputs: { x: ['n', 3], sum: [] },
      run(p, { x }) {
        const refined = ops.gelu(ops.linear(x!, p['layer.weight']!, p['layer.bias']!));
        return { x: refined, sum: ops.sum(refined) };
      },
    });
    const params = initParams(program.params, 5);
    const tensors = Object.fromEntries(Object.entries(params).map(([name, value]) => [`part.${name}`, value]));
    const graphs: BundleContent['graphs'] = (weights) => {
      const ranges = weightsOfPart(weights, 'part');
      return { 'part.refine': trace(program, { dims: { n: 2 }, params: { kind: 'external', ranges } }).model };
    };
    await writeBundle(join(root, 'toy'), { ...content('float16'), tensors, graphs });
    await using bundle = await openBundle(join(root, 'toy'), { threads: 1 });
    const inputs = { x: { dtype: 'float32' as const, shape: [2, 3], data: Float32Array.of(1, -2, 3, 0.5, 0, 1) } };
    const [shipped, eager] = [await bundle.graphs.run('part.refine', inputs), await runEager(program, params, inputs)];
    expect(Object.keys(shipped).sort()).toEqual(['sum', 'x']);
    for (const name of ['x', 'sum'])
      eager[name]!.data.forEach((value, i) => expect(shipped[name]!.data[i]).toBeCloseTo(value, 2));
  });

  it('are equal byte for byte when written twice', async () => {
    const [first, second] = [join(root, 'a'), join(root, 'b')];
    expect((await writeBundle(first, content('float16'))).sha256).toBe(
      (await writeBundle(second, content('float16'))).sha256,
    );
  });

  it('replace an older bundle as a whole and leave nothing beside it', async () => {
    const folder = join(root, 'toy');
    await writeBundle(folder, { ...content('float32'), texts: { 'old.txt': 'old' } });
    await writeBundle(folder, content('float32', 2));
    expect(await readdir(root)).toEqual(['toy']);
    expect(await readdir(folder)).not.toContain('old.txt');
    await loadBundleFolder(folder);
  });

  it('stay as they are where a new one cannot be made', async () => {
    const folder = join(root, 'toy');
    const { sha256 } = await writeBundle(folder, content('float32'));
    await expect(writeBundle(folder, content('float16', 1e6))).rejects.toMatchObject({ code: 'NOT_FINITE' });
    const broken = { ...content('float32'), description: { ...description, thresholds: { presence: NaN } } };
    await expect(writeBundle(folder, broken)).rejects.toThrow('thresholds.presence');
    expect(await readdir(root)).toEqual(['toy']);
    expect((await loadBundleFolder(folder)).sha256).toBe(sha256);
  });

  it.each([
    ['cut off', (file: string) => truncate(file, 10)],
    ['changed', async (file: string) => writeFile(file, (await readFile(file)).reverse())],
    ['absent', (file: string) => rm(file)],
  ])('are refused where a file is %s, naming it', async (_, damage) => {
    const folder = join(root, 'toy');
    await writeBundle(folder, content('float16'));
    await damage(join(folder, 'weights.safetensors'));
    await expect(loadBundleFolder(folder)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
    await expect(loadBundleFolder(folder)).rejects.toThrow('weights.safetensors');
  });

  it('are refused where the manifest names files outside, lacks a field or is of another version', async () => {
    const folder = join(root, 'toy');
    const { manifest } = await writeBundle(folder, content('float16'));
    const outside = { ...manifest, weights: { ...manifest.weights, file: '../weights.safetensors' } };
    for (const wrong of [outside, { ...manifest, labels: undefined }, { ...manifest, schemaVersion: 99 }, 'nothing'])
      expect(() => parseManifest(JSON.stringify(wrong), 'manifest.json')).toThrow('manifest.json');
    const unlisted = { ...manifest, files: {} };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(unlisted));
    await expect(loadBundleFolder(folder)).rejects.toThrow('list every file');
  });
});

describe('resolveBundle', () => {
  it('finds a bundle in an installed package, in the order of the folders', async () => {
    const folder = join(root, 'node_modules', '@toy', 'bundle');
    await writeBundle(join(folder, 'bundle'), content('float32'));
    await writeFile(join(folder, 'package.json'), '{"name":"@toy/bundle","version":"1.0.0"}');
    expect(resolveBundle('@toy/bundle', { from: [join(root, 'sub'), root] })).toBe(join(folder, 'bundle'));
  });

  it('follows a link to a folder', async () => {
    await writeBundle(join(root, 'toy'), content('float32'));
    await symlink(join(root, 'toy'), join(root, 'link'));
    expect(resolveBundle('./link', { from: [root] })).toBe(join(root, 'link'));
  });

  it('says what was tried', async () => {
    await mkdir(join(root, 'empty'));
    expect(() => resolveBundle('./empty', { from: [root] })).toThrow(join(root, 'empty'));
    expect(() => resolveBundle('@toy/absent', { from: [root] })).toThrow('npm install @toy/absent');
  });
});
