import { compile, runEager, trainableOf } from '@sim4seg/compute';
import type { Trainable } from '@sim4seg/compute';
import { createModelFrame, createRandom, services } from '@sim4seg/core';
import type { FloatArray, ImageFeatures, ModelBundle, PluginDefinition } from '@sim4seg/core';
import { eagerBundle, expectConform, fakeImage } from '@sim4seg/testing';
import { describe, expect, it } from 'vitest';
import { POSITION_MATRIX } from './blocks/position-code.js';
import {
  boxPromptEncoderPlugin,
  samDecoderPlugin,
  samPromptEncoderPlugin,
  samSkipDecoderPlugin,
  tinyTrunkPlugin,
} from './plugin.js';

/** A model that fits a test: 32 px frames, embedding 2 x 2. */
const options = {
  'tiny-trunk': { inputSidePx: 32, channels: [8, 8, 8], blocks: 1, attentionBlocks: 1, heads: 2, width: 8 },
  'sam-prompt-encoder': { width: 8, embeddingSide: 2, inputSidePx: 32, maskChannels: 8 },
  'sam-decoder': { width: 8, embeddingSide: 2, heads: 2, mlpWidth: 8, iouHeadWidth: 8 },
  'sam-skip-decoder': {
    ...{ width: 8, embeddingSide: 2, heads: 2, mlpWidth: 8, iouHeadWidth: 8 },
    ...{ stride8Channels: 8, stride4Channels: 8, upChannels8: 8, upChannels4: 8, mixChannels: 2 },
  },
} as const;

const plugins = [
  tinyTrunkPlugin,
  samPromptEncoderPlugin,
  samDecoderPlugin,
  samSkipDecoderPlugin,
] as unknown as PluginDefinition[];
const trainables = new Map(
  plugins.map((plugin): [string, Trainable] => {
    const given = options[plugin.id as keyof typeof options];
    return [plugin.id, trainableOf(plugin, plugin.optionsSchema.parse(given))!];
  }),
);

const part = (id: string): Trainable => trainables.get(id)!;

function smallBundle(): ModelBundle {
  const graphs = [...trainables].flatMap(([, trainable]) => {
    const all = trainable.initialParams(3);
    return trainable.inferenceGraphs().map(({ graph, program }) => {
      const params = Object.fromEntries(Object.keys(program.params).map((name) => [name, all[name]!]));
      return [graph, { program, params }] as const;
    });
  });
  const parts = Object.fromEntries([...trainables].map(([id, { sizes }]) => [id, sizes]));
  return eagerBundle({ graphs: Object.fromEntries(graphs), parts });
}

const bundle = smallBundle();
const random = createRandom(9);
const noise = (...shape: number[]): FloatArray => ({
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
  shape,
});
const features = (): ImageFeatures => ({
  embedding: noise(1, 8, 2, 2),
  named: { stride8: noise(1, 8, 4, 4), stride4: noise(1, 8, 8, 8), pixels: noise(1, 48, 8, 8) },
  frame: createModelFrame({ widthPx: 32, heightPx: 32 }, 32),
});

describe.each(plugins.map((plugin) => [plugin.id]))('%s as a trainable part', (id) => {
  it('starts with every parameter in its declared shape, the same for one seed', () => {
    const { program, initialParams } = part(id);
    const params = initialParams(1);
    expect(Object.keys(params).sort()).toEqual(Object.keys(program.params).sort());
    for (const [name, { dims }] of Object.entries(program.params)) expect(params[name]!.shape).toEqual(dims);
    expect(initialParams(1)).toEqual(params);
  });

  it('has graphs that read no other parameters, and sizes that are plain JSON', () => {
    const { program, inferenceGraphs, sizes } = part(id);
    for (const { graph, program: inner } of inferenceGraphs()) {
      expect(graph.startsWith(`${id}.`)).toBe(true);
      for (const [name, spec] of Object.entries(inner.params)) expect(program.params[name]?.dims).toEqual(spec.dims);
    }
    expect(JSON.parse(JSON.stringify(sizes))).toEqual(sizes);
  });

  it('never trains the position matrix', () => {
    const patterns = part(id).trainable.map((pattern) => new RegExp(pattern));
    if (part(id).program.params[POSITION_MATRIX])
      expect(patterns.some((pattern) => pattern.test(POSITION_MATRIX))).toBe(false);
    expect(Object.keys(part(id).program.params).some((name) => patterns.some((pattern) => pattern.test(name)))).toBe(
      true,
    );
  });
});

describe('the position matrix', () => {
  it('is one and the same in prompt encoder and decoders', () => {
    const [first, ...others] = ['sam-prompt-encoder', 'sam-decoder', 'sam-skip-decoder'].map(
      (id, seed) => part(id).initialParams(seed)[POSITION_MATRIX],
    );
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('tiny-trunk', () => {
  it('encodes an image into its declared outputs, of other values for another image', async () => {
    const encoder = await tinyTrunkPlugin.create({
      needs: { bundle },
      options: tinyTrunkPlugin.optionsSchema.parse({}),
    });
    const encode = (seed: number) => encoder.encode(fakeImage({ widthPx: 40, heightPx: 20, seed }), {});
    const [one, other] = [await encode(1), await encode(2)];
    expect(one.embedding.shape).toEqual([1, 8, 2, 2]);
    for (const [name, { channels, side }] of Object.entries(encoder.sizes.named)) {
      expect(one.named[name]!.shape).toEqual([1, channels, side, side]);
    }
    expect(one.frame).toMatchObject({ contentWidthPx: 32, contentHeightPx: 16 });
    expect(one.embedding.data).not.toEqual(other.embedding.data);
    await expect(encoder.encode(fakeImage(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('loses no pixel on the way to `pixels`', async () => {
    const { program, initialParams } = part('tiny-trunk');
    const image = {
      data: Float32Array.from({ length: 3 * 32 * 32 }, () => random.uniform()),
      shape: [1, 3, 32, 32],
      dtype: 'float32' as const,
    };
    const { pixels } = await runEager(program, initialParams(1), { image });
    const back = [...(pixels!.data as Float32Array)].map((value) => value * 0.25 + 0.5).sort();
    [...image.data].sort().forEach((value, i) => expect(back[i]).toBeCloseTo(value, 5));
  });
});

describe('sam-prompt-encoder', () => {
  const create = () =>
    samPromptEncoderPlugin.create({ needs: { bundle }, options: samPromptEncoderPlugin.optionsSchema.parse({}) });

  it('passes one text token on and encodes each mask by itself', async () => {
    const encoder = await create();
    const masks = Array.from({ length: 6 }, () => noise(1, 1, 8, 8));
    const text = noise(6, 1, 8);
    const all = await encoder.encode({ prompts: masks.map((mask) => ({ mask })), text }, {});
    expect(all.sparse).toEqual(text);
    const last = await encoder.encode({ prompts: [{ mask: masks[5]! }], text: noise(1, 1, 8) }, {});
    expect(all.dense.shape).toEqual([6, 8, 2, 2]);
    last.dense.data.forEach((value, i) => expect(all.dense.data[5 * 32 + i]).toBeCloseTo(value, 5));
  });

  it('fills other prompts up to a fixed number of tokens', async () => {
    const encoder = await create();
    const points: FloatArray = { data: Float32Array.of(3, 4, 20, 9), shape: [1, 2, 2] };
    const pointLabels = { data: Int32Array.of(1, 0), shape: [1, 2] };
    const boxes: FloatArray = { data: Float32Array.of(1, 2, 20, 30), shape: [1, 4] };
    const both = await encoder.encode({ prompts: [{ points, pointLabels, boxes }], text: noise(1, 1, 8) }, {});
    expect(both.sparse.shape).toEqual([1, 8, 8]);
    const token = (i: number) => [...both.sparse.data.slice(i * 8, (i + 1) * 8)];
    expect(token(0)).not.toEqual(token(1));
    expect(token(2)).toEqual(token(3)); // both "no point"
    expect(both.dense.shape).toEqual([1, 8, 2, 2]);
  });

  it('refuses masks of another size, rows that do not fit, and too many points', async () => {
    const encoder = await create();
    const encode = (prompt: object, text: FloatArray | null = null) => encoder.encode({ prompts: [prompt], text }, {});
    await expect(encode({ mask: noise(1, 8, 8) }, noise(1, 1, 8))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(encode({ mask: noise(1, 1, 8, 8) }, noise(2, 1, 8))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(encode({ points: noise(1, 9, 2) })).rejects.toMatchObject({ code: 'WIRING' });
  });
});

describe('box-prompt-encoder', () => {
  const encode = async (prompts: object, marginPx = 0) => {
    const encoder = await boxPromptEncoderPlugin.create({ needs: { bundle }, options: { marginPx } });
    return encoder.encode({ prompts: [prompts], text: null }, {});
  };

  it('encodes the box around a mask, points or a box alike', async () => {
    const mask: FloatArray = { data: new Float32Array(64).fill(-1), shape: [1, 1, 8, 8] };
    for (const [x, y] of [[1, 2], [4, 5]] as const) mask.data[y * 8 + x] = 3; // prettier-ignore
    const boxes: FloatArray = { data: Float32Array.of(4, 8, 20, 24), shape: [1, 4] };
    const points: FloatArray = { data: Float32Array.of(4, 8, 20, 24, 31, 31), shape: [1, 3, 2] };
    const pointLabels = { data: Int32Array.of(1, 1, 0), shape: [1, 3] };
    const [fromMask, ...others] = [
      await encode({ mask }),
      await encode({ boxes }),
      await encode({ points, pointLabels }),
    ];
    for (const other of others) expect(other).toEqual(fromMask);
    expect((await encode({ mask }, 2)).sparse).not.toEqual(fromMask?.sparse);
  });

  it('takes the whole frame where there is no region, and keeps its contract', async () => {
    const nothing: FloatArray = { data: new Float32Array(64).fill(-1), shape: [1, 1, 8, 8] };
    const whole: FloatArray = { data: Float32Array.of(0, 0, 32, 32), shape: [1, 4] };
    expect(await encode({ mask: nothing })).toEqual(await encode({ boxes: whole }));
    await expectConform('prompt-encoder', boxPromptEncoderPlugin as PluginDefinition, {
      services: [{ service: services.bundle, instance: bundle }],
    });
  });
});

describe.each([
  ['sam-decoder', samDecoderPlugin, 8],
  ['sam-skip-decoder', samSkipDecoderPlugin, 32],
] as const)('%s', (id, plugin, side) => {
  const create = () => plugin.create({ needs: { bundle }, options: plugin.optionsSchema.parse({}) as never });
  const presence = id === 'sam-skip-decoder';

  it('decodes many prompts as it decodes each alone', async () => {
    const decoder = await create();
    const image = features();
    const [sparse, dense] = [noise(6, 1, 8), noise(6, 8, 2, 2)];
    const all = await decoder.decode({ features: image, prompts: { sparse, dense } }, {});
    expect(all.lowResLogits.shape).toEqual([6, 4, side, side]);
    expect(decoder.sizes).toMatchObject({ lowResSide: side, masksPerPrompt: 4 });
    const row = (array: FloatArray, i: number): FloatArray => {
      const length = array.data.length / 6;
      return { data: array.data.slice(i * length, (i + 1) * length), shape: [1, ...array.shape.slice(1)] };
    };
    const alone = await decoder.decode(
      { features: image, prompts: { sparse: row(sparse, 4), dense: row(dense, 4) } },
      {},
    );
    alone.lowResLogits.data.forEach((value, i) => expect(row(all.lowResLogits, 4).data[i]).toBeCloseTo(value, 4));
    expect(all.presenceLogits?.shape ?? null).toEqual(presence ? [6] : null);
  });

  it('listens to image, text and region', async () => {
    const decoder = await create();
    const image = features();
    const prompts = { sparse: noise(1, 1, 8), dense: noise(1, 8, 2, 2) };
    const logits = async (input: Parameters<typeof decoder.decode>[0]) =>
      (await decoder.decode(input, {})).lowResLogits.data;
    const base = await logits({ features: image, prompts });
    expect(await logits({ features: image, prompts: { ...prompts, sparse: noise(1, 1, 8) } })).not.toEqual(base);
    expect(await logits({ features: image, prompts: { ...prompts, dense: noise(1, 8, 2, 2) } })).not.toEqual(base);
    expect(await logits({ features: features(), prompts })).not.toEqual(base);
  });

  it('refuses prompts and features that do not fit', async () => {
    const decoder = await create();
    const decode = (given: object, sparse = noise(1, 1, 8)) =>
      decoder.decode({ features: { ...features(), ...given }, prompts: { sparse, dense: noise(1, 8, 2, 2) } }, {});
    await expect(decode({ embedding: noise(1, 8, 4, 4) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(decode({}, noise(1, 3, 8))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    if (presence) await expect(decode({ named: {} })).rejects.toMatchObject({ code: 'WIRING' });
  });

  it('is the same compiled', async () => {
    const { program, initialParams } = part(id);
    const dims = { images: 1, n: 2, promptTokens: 3 };
    const shapes = Object.entries(program.inputs).map(([name, { dims: declared }]) => {
      const shape = declared.map((dim) => (typeof dim === 'number' ? dim : dims[dim as keyof typeof dims]));
      return [name, { ...noise(...shape), dtype: 'float32' as const }] as const;
    });
    const inputs = Object.fromEntries(shapes);
    const eager = await runEager(program, initialParams(1), inputs);
    await using session = await compile(program, { dims, target: 'cpu', weights: initialParams(1) });
    const compiled = await session.run(inputs);
    for (const [name, { data }] of Object.entries(eager)) {
      data.forEach((value, i) => expect(Number(compiled[name]!.data[i])).toBeCloseTo(Number(value), 3));
    }
  });
});

describe('a bundle that lacks a part', () => {
  it('is refused with the part that is missing, or the size that is wrong', async () => {
    const none = eagerBundle({ graphs: {} });
    const options = samDecoderPlugin.optionsSchema.parse({});
    const create = async (given: ModelBundle) => samDecoderPlugin.create({ needs: { bundle: given }, options });
    await expect(create(none)).rejects.toMatchObject({ code: 'WIRING' });
    const damaged = eagerBundle({ graphs: {}, parts: { 'sam-decoder': { width: 'wide' } } });
    await expect(create(damaged)).rejects.toMatchObject({ code: 'BUNDLE_DAMAGED' });
  });
});
