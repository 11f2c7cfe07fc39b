import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clipVisionProgram, llavaTextParams, llavaVisionProgram, loraLinears } from '@sim4seg/backbones';
import { runEager, toFloat32 } from '@sim4seg/compute';
import { loadBundleFolder, openBundle, openWeightSet } from '@sim4seg/compute/bundle';
import { parseQuantization } from '@sim4seg/compute/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  TINY_LLAVA,
  tensorsOf,
  writeAdapter,
  writeClip,
  writeLisa,
  type TensorsByKey,
} from '../../test/checkpoints.js';
import { runCommand } from '../../test/run-command.js';

const ALPHA = 6;

let root: string;
let lvlm: TensorsByKey;
let clip: TensorsByKey;
let adapter: TensorsByKey;
const at = (...names: string[]) => join(root, ...names);
const convert = (out: string, ...args: string[]) =>
  runCommand('convert', at('lisa'), '--with', at('clip'), '--out', at(out), '--no-graphs', ...args);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sim4seg-convert-'));
  lvlm = (await writeLisa(at('lisa'))).lvlm;
  clip = await writeClip(at('clip'));
  adapter = await writeAdapter(at('adapter'), ALPHA);
});
afterAll(() => rm(root, { recursive: true }));

const layer = 'model.layers.1.self_attn.v_proj';

/** W + alpha / r * B A of a layer, written out. */
function mergedByHand(): Float32Array {
  const [a, b] = ['A', 'B'].map((matrix) => adapter[`base_model.model.${layer}.lora_${matrix}.weight`]!);
  const [rank, columns] = a!.shape as [number, number];
  return lvlm[`${layer}.weight`]!.data.map((weight, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let change = 0;
    for (let r = 0; r < rank; r++) change += b!.data[row * rank + r]! * a!.data[r * columns + column]!;
    return weight + (ALPHA / rank) * change;
  });
}

const readSet = async (bundle: string, set: string) => openWeightSet(await loadBundleFolder(at(bundle)), set);

describe('a converted LISA', () => {
  it('has the parts, sizes, tokens and licences of its folders', async () => {
    const { code, out } = await convert('plain');
    expect([code, out]).toEqual([0, expect.stringContaining('lvlm: lvlm.safetensors, as stored')]);
    const { manifest } = await loadBundleFolder(at('plain'), { hashes: 'all' });
    expect(manifest.parts['llava']).toEqual(TINY_LLAVA);
    expect(manifest.prompts).toMatchObject({ template: 'llava_v1', tokens: { '[SEG]': 37, '<im_end>': 39 } });
    expect(Object.keys(manifest.files)).toEqual([
      'LICENSE',
      'added_tokens.json',
      'lvlm.safetensors',
      'sam.safetensors',
      'tokenizer.json',
      'tokenizer.model',
      'vision.safetensors',
    ]);
    await using stored = await readSet('plain', 'lvlm');
    expect(await stored.read(`${layer}.weight`)).toEqual(lvlm[`${layer}.weight`]);
    expect((await runCommand('bundle', 'verify', at('plain'))).code).toBe(0);
  });

  it('stores the matrices of its layers in blocks of four bits, the others as half floats', async () => {
    expect((await convert('int4', '--precision', 'int4')).code).toBe(0);
    await using stored = await readSet('int4', 'lvlm');
    const note = parseQuantization(stored.metadata);
    expect([note?.dtype, note?.blockSize, Object.keys(note?.matrices ?? {}).length]).toEqual(['int4', 32, 14]);
    const types = ['lm_head.weight', 'model.norm.weight', `${layer}.weight.int4`].map(
      (key) => stored.entries.get(key)?.dtype,
    );
    expect(types).toEqual(['float16', 'float32', 'uint8']);
    expect((await runCommand('bundle', 'verify', at('int4'))).code).toBe(0);
  });

  it('takes an adapter into its weights, or keeps it beside under the names of PEFT', async () => {
    expect((await convert('merged', '--with', at('adapter'))).code).toBe(0);
    await using merged = await readSet('merged', 'lvlm');
    const { data } = await merged.read(`${layer}.weight`);
    mergedByHand().forEach((value, i) => expect(data[i]).toBeCloseTo(value, 5));
    // What was trained along replaces what the model had.
    expect(await merged.read('lm_head.weight')).toEqual(adapter['base_model.model.lm_head.weight']);

    expect((await convert('kept', '--with', at('adapter'), '--adapters', 'keep')).code).toBe(0);
    const { manifest } = await loadBundleFolder(at('kept'));
    expect(manifest.parts['llava-lora']).toEqual({ rank: 2, alpha: ALPHA, targets: ['q_proj', 'v_proj'] });
    await using kept = await readSet('kept', 'lvlm');
    const linears = loraLinears({
      adapters: { default: { rank: 2, alpha: ALPHA } },
      active: ['default'],
      targets: ['q_proj', 'v_proj'],
    });
    const wanted = llavaTextParams({ ...TINY_LLAVA, llama: { ...TINY_LLAVA.llama, linears } });
    expect([...kept.entries.keys()].sort()).toEqual(
      Object.values(wanted)
        .map(({ key }) => key)
        .sort(),
    );
    expect((await runCommand('bundle', 'verify', at('kept'))).code).toBe(0);
  });

  it('runs its graphs from the bundle as its programs run from the parameters themselves', async () => {
    const args = ['--with', at('clip'), '--out', at('graphs')];
    expect((await runCommand('convert', at('lisa'), ...args)).code).toBe(0);
    expect((await runCommand('bundle', 'verify', at('graphs'))).code).toBe(0);
    await using bundle = await openBundle(at('graphs'), { threads: 1 });
    expect(bundle.manifest.config).toMatchObject({ lvlm: { use: 'llava-seg' }, maskDecoder: { use: 'sam-decoder' } });
    expect(JSON.parse(bundle.text('tokenizer.json'))).toMatchObject({ model: { type: 'BPE' } });
    const pixels = { data: new Float32Array(3 * 28 * 28).fill(0.3), shape: [1, 3, 28, 28], dtype: 'float32' as const };
    const program = llavaVisionProgram(TINY_LLAVA);
    const values = tensorsOf({ llava: TINY_LLAVA }, 'vision');
    const tower = 'model.vision_tower.vision_tower.';
    const params = Object.entries(program.params).map(([name, { key = name }]) => {
      return [name, clip[key.replace(tower, '')] ?? values[key]!] as const;
    });
    const [shipped, eager] = [
      await bundle.graphs.run('llava-seg.vision', { pixels }),
      await runEager(program, Object.fromEntries(params), { pixels }),
    ];
    for (const [name, { data }] of Object.entries(eager))
      data.forEach((value, i) => expect(shipped[name]!.data[i]).toBeCloseTo(value, 4));
    const encoded = await bundle.graphs.run('sam-image-encoder.encode', {
      image: { data: new Float32Array(3 * 64 * 64).fill(0.2), shape: [1, 3, 64, 64], dtype: 'float32' },
    });
    expect(encoded['embedding']!.shape).toEqual([1, 16, 8, 8]);
    expect(['llava-seg.prefill', 'llava-seg.decode', 'sam-decoder.decode.b4'].filter(bundle.graphs.has)).toHaveLength(
      3,
    );
  });

  it('is compiled in four-bit blocks, into which no adapter goes', async () => {
    const args = ['--with', at('clip'), '--precision', 'int4', '--out', at('blocks')];
    expect((await runCommand('convert', at('lisa'), ...args)).code).toBe(0);
    await using bundle = await openBundle(at('blocks'), { threads: 1 });
    await bundle.warm(['llava-seg.prefill']);
    const kept = await runCommand('convert', at('lisa'), ...args, '--with', at('adapter'), '--adapters', 'keep');
    expect([kept.code, kept.err]).toEqual([2, expect.stringContaining('int4')]);
  });

  it('cannot be referred to where its sets would have to change', async () => {
    const { code, err } = await convert('refer', '--weights', 'reference');
    expect([code, err]).toEqual([2, expect.stringContaining('--weights copy')]);
  });

  it('asks for the vision tower that its folder leaves out', async () => {
    const { code, err } = await runCommand('convert', at('lisa'), '--out', at('blind'));
    expect([code, err]).toEqual([40, expect.stringContaining('openai/clip-vit-large-patch14 with --with')]);
  });

  it.each([
    [
      'a shard is missing',
      (folder: string) => rm(join(folder, 'pytorch_model-00002-of-00002.bin')),
      40,
      '00002-of-00002',
    ],
    [
      'a shard is cut off',
      (folder: string) => truncate(join(folder, 'pytorch_model-00002-of-00002.bin'), 1000),
      40,
      '00002',
    ],
    [
      'the index leaves tensors out',
      async (folder: string) => {
        const path = join(folder, 'pytorch_model.bin.index.json');
        const index = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, string> };
        delete index.weight_map['model.norm.weight'];
        await writeFile(path, JSON.stringify(index));
      },
      40,
      'lvlm lacks model.norm.weight',
    ],
    ['the tokenizer lacks [SEG]', (folder: string) => rm(join(folder, 'added_tokens.json')), 41, '[SEG]'],
    [
      '[SEG] lies behind the vocabulary',
      (folder: string) => writeFile(join(folder, 'added_tokens.json'), '{"[SEG]":40}'),
      41,
      'id 40',
    ],
    [
      'a tokenizer file is damaged',
      (folder: string) => writeFile(join(folder, 'added_tokens.json'), '{'),
      41,
      'added_tokens',
    ],
    ['tokenizer.model is damaged', (folder: string) => writeFile(join(folder, 'tokenizer.model'), 'pieces'), 41, 'Got'],
    ['there is no tokenizer', (folder: string) => rm(join(folder, 'tokenizer.model')), 41, 'tokenizer.json'],
    ['config.json is damaged', (folder: string) => writeFile(join(folder, 'config.json'), '[]'), 40, 'config.json'],
    ['config.json is missing', (folder: string) => rm(join(folder, 'config.json')), 40, 'heads'],
  ])('is refused where %s', async (_, damage, code, said) => {
    const folder = await mkdtemp(at('damaged-'));
    await cp(at('lisa'), folder, { recursive: true });
    await damage(folder);
    const result = await runCommand('convert', folder, '--no-graphs', '--with', at('clip'), '--out', at('never'));
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(said)]);
  });
});

describe('a converted CLIP', () => {
  it('runs from the file that its bundle refers to', async () => {
    const { code } = await runCommand('convert', at('clip'), '--out', at('tower'), '--weights', 'reference');
    expect(code).toBe(0);
    const { manifest } = await loadBundleFolder(at('tower'));
    expect(manifest.parts).toEqual({ 'clip-vision': TINY_LLAVA.vision });
    await using stored = await readSet('tower', 'vision');
    const program = clipVisionProgram(TINY_LLAVA.vision);
    const params: Record<string, { data: Float32Array; shape: readonly number[]; dtype: 'float32' }> = {};
    for (const [name, { key }] of Object.entries(program.params)) {
      const tensor = await stored.read(key!);
      params[name] = { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' };
    }
    const pixels = { data: new Float32Array(3 * 28 * 28).fill(0.3), shape: [1, 3, 28, 28], dtype: 'float32' as const };
    const { features } = await runEager(program, params, { pixels });
    expect(features!.shape).toEqual([1, 4, 16]);
    expect(params['embeddings.class_embedding']!.data).toEqual(clip['vision_model.embeddings.class_embedding']!.data);
    expect((await runCommand('bundle', 'verify', at('tower'))).code).toBe(0);
  });

  it('is no adapter', async () => {
    const { code, err } = await runCommand('convert', at('adapter'), '--out', at('never'));
    expect([code, err]).toEqual([40, expect.stringContaining('only an adapter of 4 layers')]);
  });
});
