import { compile, createTrainStep, defineProgram, initParams, ops, runEager } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samImageEncoderProgram } from './sam-image-encoder.js';
import { samImageEncoderSizesSchema } from './sizes.js';
import { samImageEncoderSpecs } from './specs.js';
import { fromWindows, toWindows } from './windows.js';

const sizes = samImageEncoderSizesSchema.parse({
  inputSidePx: 32,
  patchPx: 8,
  tokenWidth: 8,
  depth: 2,
  heads: 2,
  mlpRatio: 2,
  width: 4,
  windowSide: 3,
  globalBlocks: [1],
});

function waves(shape: readonly number[], speed = 0.37): TensorValue {
  const count = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length: count }, (_, i) => Math.sin(i * speed)), shape, dtype: 'float32' };
}

describe('windows', () => {
  const grid = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    side: fc.integer({ min: 1, max: 4 }),
  });

  it('hold each token at its place, zeros behind the border, and join to the map again', async () => {
    await fc.assert(
      fc.asyncProperty(grid, async ({ batch, height, width, side }) => {
        const [rows, columns] = [Math.ceil(height / side), Math.ceil(width / side)];
        const program = defineProgram({
          name: 'windows',
          inputs: { x: [batch, height, width, 2] },
          outputs: { windows: [batch * rows * columns, side, side, 2], again: [batch, height, width, 2] },
          run: (_p, { x }) => {
            const windows = toWindows(x, side);
            return { windows, again: fromWindows(windows, [height, width]) };
          },
        });
        const x = waves([batch, height, width, 2]);
        const { windows, again } = await runEager(program, {}, { x });
        expect(again!.data).toEqual(x.data);
        const expected = Float32Array.from(windows!.data, (_, at) => {
          const [channel, inColumn, inRow] = [at % 2, Math.floor(at / 2) % side, Math.floor(at / 2 / side) % side];
          const window = Math.floor(at / 2 / side / side);
          const image = Math.floor(window / (rows * columns));
          const row = (Math.floor(window / columns) % rows) * side + inRow;
          const column = (window % columns) * side + inColumn;
          if (row >= height || column >= width) return 0;
          return x.data[((image * height + row) * width + column) * 2 + channel]!;
        });
        expect(windows!.data).toEqual(expected);
      }),
      { seed: 7, numRuns: 25 },
    );
  });
});

describe('the image encoder of SAM', () => {
  it('carries official names and the shapes of ViT-B by default', () => {
    const official = samImageEncoderSpecs(samImageEncoderSizesSchema.parse({}));
    expect(official['blocks.2.attn.rel_pos_h']).toMatchObject({
      dims: [127, 64],
      key: 'image_encoder.blocks.2.attn.rel_pos_h',
    });
    expect(official['blocks.0.attn.rel_pos_w']!.dims).toEqual([27, 64]);
    expect(official['pos_embed']!.dims).toEqual([1, 64, 64, 768]);
    expect(Object.keys(official)).toHaveLength(177);
  });

  it('gives the same embedding eagerly and compiled', async () => {
    const program = samImageEncoderProgram(sizes);
    const params = initParams(program.params, 5);
    const inputs = { image: waves([2, 3, 32, 32]) };
    const eager = (await runEager(program, params, inputs))['embedding']!;
    await using session = await compile(program, { dims: { images: 2 }, weights: params });
    const compiled = (await session.run(inputs))['embedding']!;
    expect(compiled.shape).toEqual([2, 4, 4, 4]);
    compiled.data.forEach((value, i) => expect(value).toBeCloseTo(eager.data[i]!, 4));
  });

  it('trains every parameter', async () => {
    const program = samImageEncoderProgram(sizes);
    const step = await createTrainStep({
      program,
      dims: { images: 1 },
      loss: ({ embedding }) => ops.mean(ops.mul(embedding!, ops.tensor(waves([1, 4, 4, 4], 1.3).data, [1, 4, 4, 4]))),
      optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0 },
    });
    const start = initParams(program.params, 5);
    step.init(start);
    for (let i = 1; i <= 2; i += 1) await step.step({ image: waves([1, 3, 32, 32]) }, { lr: 0.01, step: i });
    for (const [name, { data }] of Object.entries(start))
      expect(step.state()[`param/${name}`]!.data, name).not.toEqual(data);
    await step.release();
  });
});
