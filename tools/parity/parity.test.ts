import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import type { WeightTensor } from '@sim4seg/compute';
import { fixtureFolder } from '@sim4seg/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverCases } from './discover.js';
import { runCase } from './run-case.js';

const full = fileURLToPath(new URL('../../../shared/parity', import.meta.url));
const shipped = [
  'clip-preprocess/small',
  'llava-merge/base',
  'losses/single',
  'lr-schedule/short',
  'metrics/base',
  'optimizer/base',
  'rvls2m/base',
  'sam-mask-decoder/base',
  'sam-postprocess/base',
  'sam-preprocess/base',
  'sam-prompt-encoder/base',
  'torch-pickle/tiny',
  'whole/evaluate',
];

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-parity-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A copy of a case whose tensors were changed. */
async function changed(name: string, change: (tensors: Record<string, WeightTensor>) => void): Promise<string> {
  const folder = join(root, name);
  await cp(fixtureFolder(name), folder, { recursive: true });
  const { tensors } = await readSafetensorsFile(join(folder, 'io.safetensors'));
  change(tensors);
  await writeSafetensorsFile(join(folder, 'io.safetensors'), tensors);
  return folder;
}

async function configured(name: string, change: Record<string, unknown>): Promise<string> {
  const folder = await changed(name, () => undefined);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, ...change }));
  return folder;
}

describe('parity', () => {
  it.each(shipped)('holds for %s', async (name) => {
    expect((await runCase(fixtureFolder(name))).problems).toEqual([]);
  });

  it('holds for the full folders beside the repository', { timeout: 240_000 }, async () => {
    if (!existsSync(full)) return console.log('the full reference folders are not here: only the shipped cases ran');
    const cases = new Set(shipped.map((name) => name.split('/')[0] as string));
    cases.delete('whole'); // has a test of its own: the eager engine needs minutes for all of them
    for (const name of [...cases, 'llama', 'clip-vision', 'sam-image-encoder'])
      for (const folder of await discoverCases(join(full, name)))
        expect(await runCase(folder)).toMatchObject({ problems: [] });
  });

  it('holds for whole models: losses, gradients and steps', { timeout: 240_000 }, async () => {
    if (!existsSync(full)) return console.log('the full reference folders are not here: only whole/evaluate ran');
    expect(await runCase(join(full, 'whole/multi'))).toMatchObject({ problems: [] });
    expect(await runCase(join(full, 'whole/small'), ['compiled'])).toMatchObject({ problems: [] });
  });

  it('fails for a whole model whose weights differ', { timeout: 60_000 }, async () => {
    const folder = join(root, 'whole');
    await cp(fixtureFolder('whole'), folder, { recursive: true });
    const file = join(folder, 'small', 'weights.safetensors');
    const { tensors } = await readSafetensorsFile(file);
    const gate = tensors['model.layers.1.mlp.gate_proj.weight'] as WeightTensor;
    (gate.data as Float32Array).fill(0.01);
    await writeSafetensorsFile(file, tensors);
    const { problems } = await runCase(join(folder, 'evaluate'), ['compiled']);
    expect(problems).toContainEqual(expect.stringContaining('mid.generated_logits (compiled)'));
  });

  it('holds programs and training steps to the values on every engine, or on the one that is asked for', async () => {
    for (const name of ['sam-mask-decoder/base', 'optimizer/base']) {
      const both = (await runCase(fixtureFolder(name))).comparisons.map((comparison) => comparison.name);
      const compiled = (await runCase(fixtureFolder(name), ['compiled'])).comparisons.map((c) => c.name);
      expect(compiled.every((comparison) => comparison.endsWith('(compiled)'))).toBe(true);
      const eager = compiled.map((comparison) => comparison.replace('(compiled)', '(eager)'));
      expect([...both].sort()).toEqual([...compiled, ...eager].sort());
    }
  });

  it('finds cases at any depth, and none in a folder without', async () => {
    await changed('metrics/base', () => undefined);
    expect(await discoverCases(root)).toEqual([join(root, 'metrics', 'base')]);
    expect(await discoverCases(join(root, 'metrics', 'base'))).toHaveLength(1);
    expect(await discoverCases(join(root, 'nothing'))).toEqual([]);
  });

  it('fails for a value that differs and says where', async () => {
    const folder = await changed('metrics/base', (tensors) => ((tensors['out.giou'] as WeightTensor).data[0] = 0.5));
    expect((await runCase(folder)).problems).toEqual([expect.stringContaining('out.giou: [0] is 0.559')]);
  });

  it('fails for an expected tensor or a sub-case that nothing was compared with', async () => {
    const extra: WeightTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(1) };
    const folder = await changed('metrics/base', (tensors) => Object.assign(tensors, { 'out.more': extra }));
    expect((await runCase(folder)).problems).toEqual(['out.more was not compared']);
    const skipping = await configured('clip-preprocess/small', { subcases: { 0: {}, other: {} } });
    expect((await runCase(skipping)).problems).toEqual(['sub-case other was not compared']);
  });

  it('fails for a torch file that is taken although it should be refused, and for a bit that differs', async () => {
    const folder = join(root, 'torch-pickle');
    await cp(fixtureFolder('torch-pickle/tiny'), folder, { recursive: true });
    await cp(join(folder, 'rich.zip.pth'), join(folder, 'refuse', 'harmless.pth'));
    const { tensors } = await readSafetensorsFile(join(folder, 'rich.expected.safetensors'));
    (tensors['edge/nan'] as WeightTensor).data[1] = 0;
    await writeSafetensorsFile(join(folder, 'rich.expected.safetensors'), tensors);
    expect((await runCase(folder)).problems).toEqual([
      expect.stringContaining('rich/out.edge/nan (rich.zip.pth)'),
      expect.stringContaining('rich/out.edge/nan (rich.legacy.pth)'),
      'refuse/harmless.pth: was not refused with a coded error',
    ]);
  });

  it('fails for an unknown case and for a folder that is none', async () => {
    const unknown = await configured('metrics/base', { case: '../metrics' });
    expect((await runCase(unknown)).problems).toEqual([expect.stringContaining('unknown')]);
    expect((await runCase(root)).problems).toHaveLength(1);
  });
});
