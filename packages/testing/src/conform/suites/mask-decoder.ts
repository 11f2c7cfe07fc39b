import { createModelFrame, services } from '@sim4seg/core';
import type { DecodedMasks, EncodedPrompts, FloatArray, ImageFeatures, MaskDecoder } from '@sim4seg/core';
import { demand } from '../breach.js';
import { firstDifference } from '../compare.js';
import { expectFloats, expectSizes } from '../expect-value.js';
import { testFloats, testImage } from '../inputs.js';
import type { Suite, Trial, Variety } from '../suite.js';

const ROWS = 2;

interface DecoderInput {
  readonly features: ImageFeatures;
  readonly prompts: EncodedPrompts;
}

async function featuresFor(
  { part, settings }: Trial<MaskDecoder>,
  variety: Variety,
  seed: number,
): Promise<ImageFeatures> {
  const encoder = settings.neighbours?.imageEncoder;
  if (encoder)
    return encoder.encode(testImage(variety === 'empty' ? 'constant' : variety, seed), { signal: undefined });
  const { embeddingChannels, embeddingSide: side } = part.sizes;
  const embedding = testFloats([1, embeddingChannels, side, side], variety, seed);
  return { embedding, named: {}, frame: createModelFrame({ widthPx: 48, heightPx: 32 }, 16 * side) };
}

async function promptsFor(
  { part, settings }: Trial<MaskDecoder>,
  variety: Variety,
  seed: number,
): Promise<EncodedPrompts> {
  const encoder = settings.neighbours?.promptEncoder;
  const { embeddingChannels: width, embeddingSide: side } = part.sizes;
  if (!encoder) {
    return {
      sparse: testFloats([ROWS, 3, width], variety, seed + 1),
      dense: testFloats([ROWS, width, side, side], variety, seed + 2),
    };
  }
  const { promptSide } = encoder.sizes;
  const prompts = Array.from({ length: ROWS }, (_, row) => ({
    mask: testFloats([1, 1, promptSide, promptSide], variety, ROWS * seed + row),
  }));
  return encoder.encode({ prompts, text: testFloats([ROWS, 1, width], 'ordinary', seed) }, { signal: undefined });
}

const firstRow = ({ data, shape: [, ...rest] }: FloatArray): FloatArray => ({
  data: data.slice(
    0,
    rest.reduce((product, size) => product * size, 1),
  ),
  shape: [1, ...rest],
});

async function expectRowsAlone(trial: Trial<MaskDecoder>): Promise<void> {
  const { part } = trial;
  const features = await featuresFor(trial, 'ordinary', 0);
  const prompts = await promptsFor(trial, 'ordinary', 0);
  const one = { sparse: firstRow(prompts.sparse), dense: firstRow(prompts.dense) };
  const together = await part.decode({ features, prompts }, { signal: undefined });
  const alone = await part.decode({ features, prompts: one }, { signal: undefined });
  const { data } = alone.lowResLogits;
  const difference = firstDifference(data, together.lowResLogits.data.slice(0, data.length), 1e-3, 'lowResLogits');
  demand(difference === null, `row 0 differs in a batch of two: ${difference}`);
}

/** Logits out of features and prompts; rows of a batch do not see each other. */
export const maskDecoderSuite: Suite<MaskDecoder, DecoderInput, DecodedMasks> = {
  kind: 'mask-decoder',
  service: services.maskDecoder,
  abortable: true,
  tolerance: 1e-4,
  lacks: ({ neighbours }, { sizes }) =>
    sizes.features.length === 0 || neighbours?.imageEncoder
      ? null
      : `it reads the image features ${sizes.features.join(', ')}: give neighbours.imageEncoder`,
  inspect: ({ sizes }) => {
    expectSizes({ ...sizes }, ['embeddingChannels', 'embeddingSide', 'lowResSide', 'masksPerPrompt']);
    demand(Array.isArray(sizes.features), 'sizes.features is no list of names');
  },
  // NaN in features or prompts cannot be told from a network's own; the pipeline refuses the logits.
  input: async (variety, seed, trial) => {
    if (variety === 'notANumber') return null;
    return { features: await featuresFor(trial, variety, seed), prompts: await promptsFor(trial, variety, seed) };
  },
  call: (decoder, input, signal) => decoder.decode(input, { signal }),
  expectShapes: ({ lowResLogits, predictedIou, presenceLogits }, { prompts }, { sizes }) => {
    const rows = prompts.dense.shape[0] ?? 0;
    expectFloats('lowResLogits', lowResLogits, [rows, sizes.masksPerPrompt, sizes.lowResSide, sizes.lowResSide]);
    expectFloats('predictedIou', predictedIou, [rows, sizes.masksPerPrompt]);
    if (presenceLogits !== null) expectFloats('presenceLogits', presenceLogits, [rows]);
  },
  expectRanges: () => undefined,
  checks: [
    {
      name: 'batch rows',
      must: 'A row of a batch is decoded as it would be alone',
      fix: 'keep the batch axis through every step; repeat the image features along it',
      run: expectRowsAlone,
    },
  ],
};
