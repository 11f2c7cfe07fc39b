import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { testBundle } from '../../test/test-bundle.js';

const question = 'Is there a skin lesion in this image? Outline it.';
const examples = join(import.meta.dirname, '../../../../examples');

/** Every shipped plugin of the kinds that have two or more, and one of another package, by config alone. */
const SWAPS = {
  regionPrior: ['topCells', 'threshold', 'adaptive', 'softLogits', 'multiGrid', 'points', 'box', 'none', 'otsu'],
  promptEncoder: ['sam-prompt-encoder', 'box-prompt-encoder'],
  maskDecoder: ['sam-skip-decoder', 'sam-decoder'],
  selector: ['predictedIou', 'maskConsensus'],
  presence: ['seg-token', 'presence-head', 'similarity-peak'],
};

interface Recorded {
  readonly run: { readonly plugins: readonly { readonly part: string; readonly id: string }[] };
}

describe('sim4seg diagnose with another part', () => {
  let folder = '';
  let bundle = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-swaps-'));
    bundle = await testBundle(folder);
    await writeFile(join(folder, 'one.png'), await encodePng(makePhantom('dermoscopy', 2, { split: 'val' }).picture));
  }, 60_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const cases = Object.entries(SWAPS).flatMap(([part, ids]) => ids.map((id) => [part, id] as const));
  it.each(cases)('%s: %s', async (part, id) => {
    const manifest = JSON.parse(await readFile(await manifestOf(bundle), 'utf8')) as { parts: Record<string, unknown> };
    if (part === 'maskDecoder' && !(id in manifest.parts)) return console.log(`skipped: the bundle has no ${id}`);
    const config = join(folder, 'config.yaml');
    const plugins = id === 'otsu' ? `plugins: ['./plugin-otsu-prior']\n` : '';
    await writeFile(config, `${plugins}${part}: { use: ${id} }\ntts: { paths: 2, masks: 2 }\n`);
    const from = id === 'otsu' ? await besidePlugin(config) : config;
    const args = ['--config', from, '--bundle', bundle, '--out', join(folder, 'out')];
    const done = await runCommand('diagnose', join(folder, 'one.png'), '-q', question, ...args);
    if (from !== config) await rm(from);
    expect(done).toMatchObject({ code: 0, err: '' });
    const record = JSON.parse(await readFile(join(folder, 'out/result.json'), 'utf8')) as Recorded;
    expect(record.run.plugins.find((plugin) => plugin.part === part)?.id).toBe(id);
    return undefined;
  });
});

/** A `./path` stays inside the config file's folder, so this config lies beside the plugin. */
async function besidePlugin(config: string): Promise<string> {
  const file = join(examples, `.swap-${process.pid}.yaml`);
  await writeFile(file, await readFile(config));
  return file;
}

async function manifestOf(bundle: string): Promise<string> {
  const { resolveBundle } = await import('@sim4seg/compute/bundle');
  return join(resolveBundle(bundle), 'manifest.json');
}
