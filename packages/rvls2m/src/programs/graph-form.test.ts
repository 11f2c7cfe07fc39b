import { compile, runEager, trainableOf } from '@sim4seg/compute';
import { createModelFrame, createRandom } from '@sim4seg/core';
import type { PluginDefinition, RegionPrior } from '@sim4seg/core';
import { expectClose } from '@sim4seg/testing';
import { describe, expect, it } from 'vitest';
import {
  adaptivePlugin,
  multiGridPlugin,
  noPriorPlugin,
  softLogitsPlugin,
  thresholdPlugin,
  topCellsPlugin,
} from '../plugin.js';
import type { TrainablePrior } from './prior-sizes.js';

const WIDTH = 8;
const sizes = [
  { widthPx: 256, heightPx: 256 },
  { widthPx: 300, heightPx: 200 },
  { widthPx: 90, heightPx: 333 },
];

function batch() {
  const random = createRandom(5);
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
  return { tokens: draw(sizes.length * 256 * WIDTH), segs: draw(sizes.length * WIDTH) };
}

const cases: readonly [string, PluginDefinition<RegionPrior>, object][] = [
  ['topCells', topCellsPlugin as unknown as PluginDefinition<RegionPrior>, {}],
  ['topCells on 32 cells', topCellsPlugin as unknown as PluginDefinition<RegionPrior>, { gridCells: 32, topN: 100 }],
  [
    'topCells with more cells than the image has',
    topCellsPlugin as unknown as PluginDefinition<RegionPrior>,
    { gridCells: 8, topN: 60 },
  ],
  ['threshold', thresholdPlugin as unknown as PluginDefinition<RegionPrior>, { tau: 0.6 }],
  ['adaptive', adaptivePlugin as unknown as PluginDefinition<RegionPrior>, {}],
  [
    'adaptive, held',
    adaptivePlugin as unknown as PluginDefinition<RegionPrior>,
    { gridCells: 8, minShare: 0.3, maxShare: 0.35 },
  ],
  ['softLogits', softLogitsPlugin as unknown as PluginDefinition<RegionPrior>, { tau: 0.4, sharpness: 12 }],
  ['multiGrid', multiGridPlugin as unknown as PluginDefinition<RegionPrior>, { grids: [8, 16, 32] }],
  [
    'multiGrid by majority',
    multiGridPlugin as unknown as PluginDefinition<RegionPrior>,
    { grids: [8, 16, 32], fuse: 'majority' },
  ],
  ['none', noPriorPlugin as unknown as PluginDefinition<RegionPrior>, {}],
];

describe.each(cases)('the graph form of %s', (_, plugin, given) => {
  const options = plugin.optionsSchema.parse(given);
  const trainable = trainableOf<TrainablePrior>(plugin, options)!;
  const frames = sizes.map((size) => createModelFrame(size, 256));
  const { tokens, segs } = batch();
  const inputs = {
    imageTokens: { data: tokens, shape: [sizes.length, 256, WIDTH], dtype: 'float32' as const },
    segEmbeddings: { data: segs, shape: [sizes.length, WIDTH], dtype: 'float32' as const },
    ...trainable.prepare(frames),
  };

  it('equals the plain code, eager and compiled', async () => {
    const eager = await runEager(trainable.program, {}, inputs);
    await using session = await compile(trainable.program, {
      dims: { n: sizes.length, width: WIDTH },
      target: 'cpu',
      weights: {},
    });
    const compiled = await session.run(inputs);
    const prior = await plugin.create({ needs: {}, options });
    frames.forEach((frame, row) => {
      const plain = prior.promptsFor({
        imageTokens: { data: tokens.slice(row * 256 * WIDTH, (row + 1) * 256 * WIDTH), shape: [256, WIDTH] },
        segEmbedding: segs.slice(row * WIDTH, (row + 1) * WIDTH),
        tokenRows: 16,
        tokenColumns: 16,
        frame,
        promptSide: 64,
        variant: 0,
      });
      for (const outputs of [eager, compiled]) {
        const rowOf = (name: string, length: number) => [
          ...(outputs[name]!.data as Float32Array).slice(row * length, (row + 1) * length),
        ];
        expectClose('mask', rowOf('mask', 64 * 64), plain.prompts.mask!.data, { atol: 1e-4, rtol: 0 });
        rowOf('similarity', 256).forEach((value, i) => expect(value).toBeCloseTo(plain.similarity!.data[i]!, 4));
      }
    });
  });

  it('is finite and empty on a constant similarity', async () => {
    const constant = {
      ...inputs,
      imageTokens: { ...inputs.imageTokens, data: new Float32Array(tokens.length).fill(0.5) },
    };
    const { mask } = await runEager(trainable.program, {}, constant);
    expect(mask!.data.every((value) => Number(value) <= 0)).toBe(true);
  });
});
