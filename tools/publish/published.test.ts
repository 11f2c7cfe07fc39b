import { cp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import bounds from '../checks/package-bounds.json' with { type: 'json' };
import { billOf } from './bill.js';
import { problemsOf, sizeOf } from './check-package.js';
import type { PackageBound } from './check-package.js';
import { openLoopbackRegistry } from './loopback-registry.js';
import type { LoopbackRegistry } from './loopback-registry.js';
import { commonJsScript, configsScript, esmScript } from './scripts.js';
import { openStranger } from './stranger.js';
import type { Stranger } from './stranger.js';

const root = join(import.meta.dirname, '../..');
const bin = join(root, 'node_modules/.bin');
const image = join('phantoms/images', 'dermoscopy_val_3_0000.png');
let registry: LoopbackRegistry;
let stranger: Stranger;

interface Told {
  readonly presence: string;
  readonly mask: readonly number[];
  readonly heard: readonly { readonly type: string; readonly fix: string }[];
}

const tell = async (file: string): Promise<Told> => JSON.parse(await stranger.run('node', [file, image])) as Told;
const sim4seg = (...args: string[]): Promise<string> => stranger.run('node_modules/.bin/sim4seg', args);

beforeAll(async () => {
  registry = await openLoopbackRegistry(root);
  stranger = await openStranger(registry.url);
  await stranger.npm(['publish', '--workspaces', '--registry', registry.url], { cwd: root });
  await stranger.npm(['install', 'sim4seg']);
  await writeFile(join(stranger.folder, 'esm.mjs'), esmScript);
  await writeFile(join(stranger.folder, 'common.cjs'), commonJsScript);
  await sim4seg(
    'data',
    'phantoms',
    '--kind',
    'dermoscopy',
    '--n',
    '1',
    '--seed',
    '3',
    '--split',
    'val',
    '--out',
    'phantoms',
  );
}, 300_000);
afterAll(async () => {
  await stranger?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

describe('what is published', () => {
  it('is every package, within its bounds, clean for publint and are-the-types-wrong', async () => {
    const packages: Readonly<Record<string, PackageBound>> = bounds.packages;
    const problems: string[] = [];
    for (const [name, published] of registry.published) {
      const { unpackedKb, dependencies, files } = sizeOf(published);
      console.log(`${name}: ${unpackedKb} kB unpacked, ${files} files, ${dependencies} dependencies`);
      problems.push(...(await problemsOf(published, packages[name])));
    }
    expect(problems).toEqual([]);
    expect([...registry.published.keys()].sort()).toEqual(Object.keys(packages).sort());
  }, 120_000);
});

describe('sim4seg, installed from a registry into an empty folder without network', () => {
  it('comes from that registry alone, within bounds', async () => {
    const lock = JSON.parse(await readFile(join(stranger.folder, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { resolved?: string }>;
    };
    const resolved = Object.values(lock.packages).flatMap((entry) => entry.resolved ?? []);
    expect(resolved.filter((address) => !address.startsWith(registry.url))).toEqual([]);
    const runtime = await megabytes(join(root, 'node_modules/onnxruntime-node'));
    const modules = join(stranger.folder, 'node_modules');
    const others = (await megabytes(modules)) - (await megabytes(join(modules, 'onnxruntime-node')));
    const count = Object.keys(await installedNames()).length;
    console.log(`sim4seg: ${count} packages, ${others} MB and ${runtime} MB of the runtime`);
    expect(count).toBeLessThanOrEqual(bounds.installation.packages);
    expect(others + runtime).toBeLessThanOrEqual(bounds.installation.megabytes);
    expect(others).toBeLessThanOrEqual(bounds.installation.megabytesWithoutRuntime);
  });

  it('has a bill of materials with a licence for each part', async () => {
    const { components } = await billOf(stranger);
    expect(components.map(({ name }) => name)).toEqual(expect.arrayContaining(['sim4seg', '@sim4seg/core', 'sharp']));
    expect(components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([]);
  }, 60_000);

  it('diagnoses a phantom from ESM and from CommonJS alike', async () => {
    const told = await tell('esm.mjs');
    expect(told).toMatchObject({ presence: 'present', heard: [] });
    expect(told.mask.some((word) => word !== 0)).toBe(true);
    expect(await tell('common.cjs')).toEqual(told);
  }, 120_000);
});

describe('plugins of others, packed, installed beside it and chosen by config', () => {
  beforeAll(async () => {
    const packed = await Promise.all(['plugin-otsu-prior', 'plugin-area-selector'].map(packExample));
    await stranger.npm(['install', ...packed]);
  }, 120_000);

  it('examples/plugin-otsu-prior and plugin-area-selector keep their contracts', async () => {
    expect(await sim4seg('plugins', 'check', 'sim4seg-plugin-otsu-prior')).toContain('otsu');
    expect(await sim4seg('plugins', 'check', 'sim4seg-plugin-area-selector')).toContain('area');
  }, 60_000);

  it('change the answer', async () => {
    const tts = { paths: 1, masks: 4 };
    const configs = {
      plugins: ['sim4seg-plugin-otsu-prior', 'sim4seg-plugin-area-selector'],
      plain: { tts },
      otsu: { tts, regionPrior: { use: 'otsu' } },
      largest: { tts, selector: { use: 'area', rank: 1 } },
      smallest: { tts, selector: { use: 'area', rank: 0 } },
    };
    await writeFile(join(stranger.folder, 'configs.json'), JSON.stringify(configs));
    await writeFile(join(stranger.folder, 'configs.mjs'), configsScript);
    const printed = await stranger.run('node', ['configs.mjs', image, 'configs.json']);
    const told = JSON.parse(printed) as Record<keyof typeof configs, { mask: number[]; used: string[] }>;
    expect(told.otsu.used[0]).toBe('otsu');
    expect(told.otsu.mask).not.toEqual(told.plain.mask);
    expect(told.largest.used[1]).toBe('area');
    expect(told.largest.mask).not.toEqual(told.smallest.mask);
  }, 60_000);
});

describe('without the runtime, as npm leaves it where its install script finds no network', () => {
  const doctor = async () => JSON.parse(await sim4seg('doctor', '--json')) as { advice: string[]; bundle: string };

  it('tfjs answers and says so, and what doctor advises brings the runtime back', async () => {
    await rm(join(stranger.folder, 'node_modules/onnxruntime-node'), { recursive: true });
    const told = await tell('esm.mjs');
    expect(told.heard).toEqual([
      { type: 'engine-replaced', fix: expect.stringContaining('npm install onnxruntime-node') },
    ]);
    expect(told.presence).toBe('present');
    const [, command] =
      /ONNXRUNTIME_NODE_INSTALL=skip npm (install [\w.@-]+)/.exec((await doctor()).advice.join()) ?? [];
    await stranger.npm(command!.split(' '));
    expect((await doctor()).bundle).toContain('engine runs it');
  }, 300_000);
});

/** Copies an example out of the workspace and packs it there, which builds it; returns the tarball. */
async function packExample(name: string): Promise<string> {
  const folder = join(stranger.folder, name);
  await cp(join(root, 'examples', name), folder, {
    recursive: true,
    filter: (path) => !/node_modules|dist$/.test(path),
  });
  await stranger.npm(['pack', '--pack-destination', stranger.home], { cwd: folder, path: bin });
  await rm(folder, { recursive: true });
  return join(stranger.home, `sim4seg-${name}-0.1.0.tgz`);
}

async function installedNames(): Promise<Record<string, unknown>> {
  const lock = await readFile(join(stranger.folder, 'node_modules/.package-lock.json'), 'utf8');
  return (JSON.parse(lock) as { packages: Record<string, unknown> }).packages;
}

async function megabytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20);
}
