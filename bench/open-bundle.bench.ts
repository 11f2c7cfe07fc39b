// Time to open a bundle with a weights file of 4 GB: manifest, presence and size of every file, the runtime's thread, the
// header of the weights and one small tensor; under 1 s. The file has holes instead of content: what is not read needs
// none, and whatever reads it whole takes seconds all the same.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elementBytes, elementCount } from '@sim4seg/compute';
import { composeBundle, loadBundleFolder, openBundle, openWeightSet } from '@sim4seg/compute/bundle';
import { benchOptions, compete, report } from './harness.js';
import { largePlan } from './open-weights-model.js';

const options = benchOptions({ rounds: 5 });
const root = mkdtempSync(join(tmpdir(), 'sim4seg-open-bundle-'));
const folder = join(root, 'bundle');
const smallest = [...largePlan].sort(([, a], [, b]) => elementCount(a.shape) - elementCount(b.shape))[0]![0];

async function writeHollow(path: string): Promise<void> {
  const tree: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { shape, dtype }] of largePlan) {
    const end = offset + elementCount(shape) * elementBytes(dtype);
    tree[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(tree).padEnd(2 ** 16));
  const length = new Uint8Array(new BigUint64Array([BigInt(json.byteLength)]).buffer);
  writeFileSync(path, Buffer.concat([length, json]));
  await truncate(path, 8 + json.byteLength + offset);
}

async function open(): Promise<{ value: number; peakRssMb: number }> {
  const started = performance.now();
  await using bundle = await openBundle(folder);
  await using weights = await openWeightSet(await loadBundleFolder(bundle.folder), 'lvlm');
  await weights.read(smallest);
  return { value: performance.now() - started, peakRssMb: process.resourceUsage().maxRSS / 1024 };
}

try {
  const description = {
    name: 'open-bundle',
    version: '1.0.0',
    intendedUse: 'Measurement.',
    parts: {},
    config: {},
    preprocessing: {},
    labels: {},
    conversation: { order: 'segment-first' as const },
    thresholds: {},
    licences: [],
    training: { imageSha256: [], sets: [], config: {} },
  };
  await composeBundle(folder, description, async (fresh) => {
    await writeHollow(join(fresh, 'lvlm.safetensors'));
    const set = { file: 'lvlm.safetensors', precision: 'float32' as const, parts: [], prefix: '' };
    return { weightSets: { lvlm: set }, references: {} };
  });
  const rounds = options.rounds;
  report([await compete('open-bundle/4gb', { name: 'openBundle', round: open }, { rounds })], options.json);
} finally {
  rmSync(root, { recursive: true, force: true });
}
