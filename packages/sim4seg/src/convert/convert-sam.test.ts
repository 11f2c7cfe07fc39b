import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, runEager, type Program } from '@sim4seg/compute';
import { loadBundleFolder, openWeightSet } from '@sim4seg/compute/bundle';
import { promptEncoderProgram, samDecoderProgram, samImageEncoderProgram } from '@sim4seg/decoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TINY_SAM, renamed, tensorsOf, torchCheckpoint, type TensorsByKey } from '../../test/checkpoints.js';
import { runCommand } from '../../test/run-command.js';
import type { ModelParts } from './model-parts.js';

let root: string;
let sam: TensorsByKey;
const at = (...names: string[]) => join(root, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-convert-'));
  sam = tensorsOf(TINY_SAM, 'sam');
  await writeFile(at('sam_vit_t.pth'), torchCheckpoint(sam));
});
afterAll(() => rm(root, { recursive: true }));

const wave = (shape: readonly number[]) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.37));
  return { data, shape, dtype: 'float32' as const };
};

/** Parameters straight from the values that the checkpoint was made of. */
const direct = (program: Program) =>
  Object.fromEntries(Object.entries(program.params).map(([name, { key }]) => [name, sam[key ?? name]!] as const));

describe('a converted SAM', () => {
  it.each(['copy', 'reference'])('runs from its bundle (%s) as from the parameters themselves', async (weights) => {
    const { code, out } = await runCommand(
      'convert',
      at('sam_vit_t.pth'),
      '--out',
      at(weights),
      '--weights',
      weights,
      '--no-graphs',
    );
    expect([code, out]).toEqual([0, expect.stringContaining('sam-image-encoder, sam-prompt-encoder, sam-decoder')]);
    const { manifest, pathOf } = await loadBundleFolder(at(weights));
    expect(manifest.parts).toEqual(TINY_SAM);
    const sizes = manifest.parts as Required<ModelParts>;
    const path = pathOf(manifest.weightSets['sam']!.file);
    const runs = [
      [samImageEncoderProgram(sizes['sam-image-encoder']), { image: wave([1, 3, 64, 64]) }],
      [promptEncoderProgram(sizes['sam-prompt-encoder']), { mask: wave([1, 1, 32, 32]), text: wave([1, 2, 16]) }],
      [
        samDecoderProgram(sizes['sam-decoder']),
        { embedding: wave([1, 16, 8, 8]), sparse: wave([1, 2, 16]), dense: wave([1, 16, 8, 8]) },
      ],
    ] as const;
    for (const [program, inputs] of runs) {
      const dims = { n: 1, images: 1, batch: 1, textTokens: 2, promptTokens: 2 };
      const used = Object.fromEntries(
        Object.entries(dims).filter(([name]) => JSON.stringify(program.inputs).includes(`"${name}"`)),
      );
      await using session = await compile(program, { weights: path, dims: used });
      const [compiled, eager] = [await session.run(inputs), await runEager(program, direct(program), inputs)];
      for (const [name, { data }] of Object.entries(eager))
        data.forEach((value, i) => expect(compiled[name]!.data[i]).toBeCloseTo(value, 4));
    }
    expect(await runCommand('bundle', 'verify', at(weights))).toMatchObject({ code: 0 });
  });

  it('comes from training checkpoints, with other keys left out, and as half floats', async () => {
    const file = torchCheckpoint({ ...renamed(sam, 'module.'), 'state.0.exp_avg': wave([2]) }, 'model');
    await writeFile(at('medsam_vit_t.pth'), file);
    const args = ['--no-graphs', '--out', at('half'), '--vision-precision', 'fp16', '--licence', 'Apache-2.0'];
    const { code, out } = await runCommand('convert', at('medsam_vit_t.pth'), ...args);
    expect([code, out]).toEqual([0, expect.stringMatching(/left out.*state\.0\.exp_avg/)]);
    const { manifest } = await loadBundleFolder(at('half'), { hashes: 'all' });
    expect(manifest).toMatchObject({
      name: 'half',
      weightSets: { sam: { precision: 'float16' } },
      preprocessing: { sam: { resize: 'square, bicubic' } },
      licences: [{ name: 'Apache-2.0' }],
    });
    expect((await runCommand('bundle', 'verify', at('half'))).code).toBe(0);
    expect(
      (await runCommand('convert', at('medsam_vit_t.pth'), '--out', at('wrapped'), '--weights', 'reference')).code,
    ).toBe(0);
    const wrapped = await loadBundleFolder(at('wrapped'));
    await using set = await openWeightSet(wrapped, 'sam');
    const key = 'image_encoder.pos_embed';
    expect([wrapped.manifest.weightSets['sam']?.prefix, await set.read(key)]).toEqual(['model/module.', sam[key]]);
    expect((await runCommand('bundle', 'verify', at('wrapped'))).code).toBe(0);
    await expect(openWeightSet(wrapped, 'lvlm')).rejects.toMatchObject({ code: 'BUNDLE_MISSING' });
    const reference = ['--out', at('refer'), '--weights', 'reference', '--vision-precision', 'fp16'];
    expect((await runCommand('convert', at('medsam_vit_t.pth'), ...reference)).err).toContain('USAGE');
  });

  it('is refused where tensors are missing or misshaped, naming each', async () => {
    const { 'mask_decoder.iou_token.weight': _, ...rest } = sam;
    const wrong = { ...rest, 'image_encoder.neck.1.bias': wave([3]) };
    await writeFile(at('wrong.pth'), torchCheckpoint(wrong));
    const { code, err } = await runCommand('convert', at('wrong.pth'), '--out', at('wrong'));
    expect(code).toBe(40);
    expect(err).toMatch(
      /lacks mask_decoder\.iou_token\.weight; .*image_encoder\.neck\.1\.bias \[3\] instead of \[16\]/,
    );
  });

  it.each([
    ['cut off', async () => truncate(at('bad.pth'), 900), 'WEIGHTS_INVALID'],
    [
      'another model',
      () => writeFile(at('bad.pth'), torchCheckpoint({ 'fc.weight': wave([2]) })),
      'image_encoder.patch_embed',
    ],
    ['no weights', () => writeFile(at('bad.pth'), 'text'), 'WEIGHTS_INVALID'],
    ['absent', () => rm(at('bad.pth')), 'bad.pth'],
  ])('is refused where the file is %s', async (_, damage, said) => {
    await writeFile(at('bad.pth'), torchCheckpoint(sam));
    await damage();
    const { code, err } = await runCommand('convert', at('bad.pth'), '--out', at('bad'));
    expect([code, err.includes(said), /^\s+at /m.test(err)]).toEqual([40, true, false]);
  });

  it('never takes the place of its own weights, and a folder without any is named', async () => {
    await mkdir(at('folder', 'inner'), { recursive: true });
    await writeFile(at('folder', 'inner', 'sam.pth'), torchCheckpoint(sam));
    const inside = await runCommand('convert', at('folder', 'inner'), '--out', at('folder'));
    expect([inside.code, inside.err]).toEqual([2, expect.stringContaining('--out')]);
    expect((await runCommand('convert', at('folder'), '--out', at('x'))).err).toContain('adapter_config.json');
    expect((await runCommand('convert', at('folder', 'inner'), '--out', at('x'), '--weights', 'no')).code).toBe(2);
  });
});

describe('sim4seg bundle verify', () => {
  it('names every key that is missing, unexpected or of another shape', async () => {
    await runCommand('convert', at('sam_vit_t.pth'), '--out', at('keys'), '--no-graphs');
    const path = at('keys', 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { parts: typeof TINY_SAM };
    const decoder = { ...manifest.parts['sam-decoder'], iouHeadDepth: 3, mlpWidth: 8, multimasks: 3 };
    const encoder = { ...manifest.parts['sam-image-encoder'], depth: 1 };
    const parts = { ...manifest.parts, 'sam-decoder': decoder, 'sam-image-encoder': encoder };
    await writeFile(path, JSON.stringify({ ...manifest, parts }));
    const { code, out } = await runCommand('bundle', 'verify', at('keys'));
    expect(code).toBe(43);
    expect(out).toContain('missing key: sam.safetensors: mask_decoder.iou_prediction_head.layers.2.weight');
    expect(out).toContain('unexpected key: sam.safetensors: image_encoder.blocks.1.norm1.weight');
    expect(out).toContain(
      'wrong shape: sam.safetensors: mask_decoder.transformer.layers.0.mlp.lin1.weight [16, 16] instead of [8, 16]',
    );
  });
});
