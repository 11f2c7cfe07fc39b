import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBundle } from '@sim4seg/compute/bundle';
import { canonicalQuestion, encodePng, makePhantom } from '@sim4seg/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEmbeddedBundle } from '../../test/test-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';
import { EMBEDDED_BUNDLE } from './presets.js';

if (!hasEmbeddedBundle) console.log('skipped: where the words come from; there is no embedded bundle');

const HEAD = 'llama-tiny.llama.lm_head.weight';

interface Manifest {
  readonly weights: { readonly file: string };
  readonly files: Record<string, { sha256: string; bytes: number }>;
}

/** The bytes of a safetensors file with the rows of one matrix in reverse order; everything else stays in place. */
function withRowsReversed(file: Buffer, name: string): Buffer {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, start).toString()) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const { shape, data_offsets: range } = header[name]!;
  const rowBytes = (range[1] - range[0]) / shape[0]!;
  const out = Buffer.from(file);
  for (let row = 0; row < shape[0]!; row++) {
    const from = start + range[0] + row * rowBytes;
    file.copy(out, start + range[1] - (row + 1) * rowBytes, from, from + rowBytes);
  }
  return out;
}

/** A copy of the embedded bundle whose words are shuffled; its manifest is honest about it. */
async function shuffledBundle(folder: string): Promise<string> {
  const copy = join(folder, 'bundle');
  await cp(resolveBundle(EMBEDDED_BUNDLE), copy, { recursive: true });
  const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8')) as Manifest;
  const { file } = manifest.weights;
  const weights = withRowsReversed(await readFile(join(copy, file)), HEAD);
  manifest.files[file]!.sha256 = createHash('sha256').update(weights).digest('hex');
  await writeFile(join(copy, file), weights);
  await writeFile(join(copy, 'manifest.json'), JSON.stringify(manifest));
  return copy;
}

describe.skipIf(!hasEmbeddedBundle)('the words of an answer', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'sim4seg-head-'))));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are garbled when the rows of lm_head are permuted', async () => {
    const { picture, targets } = makePhantom('dermoscopy', 77, { split: 'val' });
    const request = { image: await encodePng(picture), question: canonicalQuestion(targets[0]!) };
    await using whole = await createSim4Seg();
    await using shuffled = await createSim4Seg({ bundle: await shuffledBundle(folder) });
    const [sane, garbled] = [await whole.diagnose(request).result(), await shuffled.diagnose(request).result()];
    expect(sane.reasoning).toMatch(/^(Yes|No)\b/);
    expect(garbled.reasoning).not.toMatch(/^(Yes|No)\b/);
    expect(garbled.diagnosis).toBe('unparsed');
  });
});
