import { isSim4SegError, services } from '@sim4seg/core';
import type { EncodedPrompts, PromptEncoder, PromptInput, RegionPrompts } from '@sim4seg/core';
import { demand } from '../breach.js';
import { firstDifference } from '../compare.js';
import { expectFloats, expectSizes } from '../expect-value.js';
import { testFloats } from '../inputs.js';
import type { Suite, Trial, Variety } from '../suite.js';

const ROWS = 2;

function maskPrompts({ sizes }: PromptEncoder, variety: Variety, seed: number): RegionPrompts {
  return { mask: testFloats([1, 1, sizes.promptSide, sizes.promptSide], variety, seed) };
}

function inputOf(part: PromptEncoder, variety: Variety, seed: number): PromptInput {
  const prompts = Array.from({ length: ROWS }, (_, row) => maskPrompts(part, variety, ROWS * seed + row));
  return { prompts, text: testFloats([ROWS, 1, part.sizes.embeddingChannels], 'ordinary', seed) };
}

async function expectRowsAlone({ part }: Trial<PromptEncoder>): Promise<void> {
  const both = inputOf(part, 'ordinary', 0);
  const width = part.sizes.embeddingChannels;
  const text = { data: both.text?.data.slice(0, width) ?? new Float32Array(width), shape: [1, 1, width] };
  const together = await part.encode(both, { signal: undefined });
  const alone = await part.encode({ prompts: both.prompts.slice(0, 1), text }, { signal: undefined });
  for (const name of ['sparse', 'dense'] as const) {
    const { data } = alone[name];
    const difference = firstDifference(data, together[name].data.slice(0, data.length), 1e-4, name);
    demand(difference === null, `row 0 differs in a batch of two: ${difference}`);
  }
}

/** Points and boxes are each an answer or a refusal with a code. */
async function expectOtherPrompts({ part }: Trial<PromptEncoder>): Promise<void> {
  const side = part.sizes.inputSidePx;
  const box = { data: Float32Array.of(1, 1, side / 2, side / 2), shape: [1, 4] };
  const points = { data: Float32Array.of(1, 1, side / 2, side / 2), shape: [1, 2, 2] };
  const pointLabels = { data: Int32Array.of(1, 0), shape: [1, 2] };
  for (const prompts of [{ boxes: box }, { points, pointLabels }]) {
    const encoded = await part
      .encode({ prompts: [prompts], text: null }, { signal: undefined })
      .catch((error: unknown) => {
        if (isSim4SegError(error)) return null;
        throw error;
      });
    if (encoded) expectEncoded(encoded, 1, part);
  }
}

function expectEncoded({ sparse, dense }: EncodedPrompts, rows: number, { sizes }: PromptEncoder): void {
  expectFloats('sparse', sparse, [rows, 'N', sizes.embeddingChannels]);
  expectFloats('dense', dense, [rows, sizes.embeddingChannels, sizes.embeddingSide, sizes.embeddingSide]);
}

/** Tokens and a dense map out of prompts; rows of a batch do not see each other. */
export const promptEncoderSuite: Suite<PromptEncoder, PromptInput, EncodedPrompts> = {
  kind: 'prompt-encoder',
  service: services.promptEncoder,
  abortable: true,
  tolerance: 1e-5,
  inspect: ({ sizes }) =>
    expectSizes({ ...sizes }, ['embeddingChannels', 'embeddingSide', 'promptSide', 'inputSidePx']),
  // A mask prompt with a NaN is refused by the pipeline behind the decoder.
  input: (variety, seed, { part }) => (variety === 'notANumber' ? null : inputOf(part, variety, seed)),
  call: (encoder, input, signal) => encoder.encode(input, { signal }),
  expectShapes: (encoded, { prompts }, part) => expectEncoded(encoded, prompts.length, part),
  expectRanges: () => undefined,
  checks: [
    {
      name: 'batch rows',
      must: 'A row of a batch is encoded as it would be alone',
      fix: 'keep the batch axis through every step; broadcast nothing over it',
      run: expectRowsAlone,
    },
    {
      name: 'other prompts',
      must: 'Points and boxes give the declared shapes, or a refusal with a code',
      fix: 'encode them, or throw a Sim4SegError that says which prompts are taken',
      run: expectOtherPrompts,
    },
  ],
};
