import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBundle } from '@sim4seg/compute/bundle';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../test/run-command.js';
import { hasEmbeddedBundle } from '../../test/test-bundle.js';
import { EMBEDDED_BUNDLE } from '../sdk/presets.js';

describe.runIf(hasEmbeddedBundle)('sim4seg bundle verify, on the bundle that ships', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'sim4seg-verify-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('finds nothing', async () => {
    const { code, out } = await runCommand('bundle', 'verify', EMBEDDED_BUNDLE);
    expect([out, code]).toEqual([expect.stringMatching(/files intact, sha256 [0-9a-f]{64}$/m), 0]);
  });

  it('names parameters that its programs lack or do not ask for, although every hash is right', async () => {
    const copy = join(root, 'copy');
    await cp(resolveBundle(EMBEDDED_BUNDLE), copy, { recursive: true });
    const path = join(copy, 'weights.safetensors');
    const { tensors } = await readSafetensorsFile(path);
    const { 'sam-decoder.iou_token.weight': token, ...rest } = tensors;
    await writeSafetensorsFile(path, { ...rest, 'sam-decoder.iou_tokens.weight': token! });
    const manifest = JSON.parse(await readFile(join(copy, 'manifest.json'), 'utf8')) as {
      files: Record<string, { sha256: string; bytes: number }>;
    };
    const bytes = await readFile(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    manifest.files['weights.safetensors'] = { sha256, bytes: bytes.length };
    await writeFile(join(copy, 'manifest.json'), JSON.stringify(manifest));
    const { code, out } = await runCommand('bundle', 'verify', copy);
    expect(code).toBe(43);
    expect(out).toContain('missing key: weights.safetensors: sam-decoder.iou_token.weight');
    expect(out).toContain('unexpected key: weights.safetensors: sam-decoder.iou_tokens.weight');
    await writeFile(path, 'damaged');
    const damaged = await runCommand('bundle', 'verify', copy);
    expect([damaged.code, damaged.out]).toEqual([43, expect.stringContaining('damaged: weights.safetensors')]);
  });
});
