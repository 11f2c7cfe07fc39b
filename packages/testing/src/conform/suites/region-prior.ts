import { services } from '@sim4seg/core';
import type { RegionPrior, RegionPriorInput, RegionPriorOutput, RegionPrompts } from '@sim4seg/core';
import { demand } from '../breach.js';
import { expectBetween, expectDims, expectFloats } from '../expect-value.js';
import { testFloats } from '../inputs.js';
import type { Suite, Variety } from '../suite.js';

const SIDE = 16;
const WIDTH = 8;
const PROMPT_SIDE = 64;

function inputOf(variety: Variety, seed: number): RegionPriorInput {
  const tokens = testFloats([SIDE * SIDE, WIDTH], variety, seed);
  // The empty image is a strip whose content covers a part of one row of tokens.
  const contentHeightPx = variety === 'empty' ? 1 : 192;
  return {
    imageTokens: tokens,
    segEmbedding: testFloats([WIDTH], variety === 'notANumber' ? 'ordinary' : variety, seed + 100).data,
    tokenRows: SIDE,
    tokenColumns: SIDE,
    frame: {
      sidePx: 256,
      contentWidthPx: 256,
      contentHeightPx,
      originalWidthPx: 512,
      originalHeightPx: 2 * contentHeightPx,
    },
    promptSide: PROMPT_SIDE,
    variant: variety === 'ordinary' ? seed % 3 : 0,
  };
}

function expectPromptShapes({ mask, points, pointLabels, boxes }: RegionPrompts, side: number): void {
  demand(mask !== undefined || points !== undefined || boxes !== undefined, 'no prompt at all');
  if (mask) expectFloats('prompts.mask', mask, [1, 1, side, side]);
  if (points) expectFloats('prompts.points', points, [1, 'P', 2]);
  if (boxes) expectFloats('prompts.boxes', boxes, [1, 4]);
  demand((points === undefined) === (pointLabels === undefined), 'points and pointLabels do not come together');
  if (!points || !pointLabels) return;
  demand(pointLabels.data instanceof Int32Array, 'prompts.pointLabels is no int32 array');
  expectDims('prompts.pointLabels', { ...pointLabels, length: pointLabels.data.length }, [1, points.shape[1] ?? 0]);
}

function expectPromptRanges({ points, pointLabels, boxes }: RegionPrompts, sidePx: number): void {
  for (const label of pointLabels?.data ?? []) expectBetween('a point label', label, [-1, 1]);
  points?.data.forEach((value, i) => {
    if (pointLabels?.data[i >> 1] !== -1) expectBetween('a point', value, [0, sidePx]);
  });
  boxes?.data.forEach((value) => expectBetween('a side of the box', value, [0, sidePx]));
  if (!boxes) return;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = boxes.data;
  demand(x0 <= x1 && y0 <= y1, `the box ${[...boxes.data].join(', ')} is turned around`);
}

function expectCells({ cells }: RegionPriorOutput): void {
  if (!cells) return;
  const { gridCells, chosen } = cells;
  for (const cell of chosen) expectBetween('a chosen cell', cell, [0, gridCells * gridCells - 1]);
  demand(new Set(chosen).size === chosen.length, 'a cell was chosen twice');
}

/** Prompts out of tokens and a seg embedding; the answer is the prompts: a similarity map may show what it was given. */
export const regionPriorSuite: Suite<RegionPrior, RegionPriorInput, RegionPriorOutput> = {
  kind: 'region-prior',
  service: services.regionPrior,
  abortable: false,
  tolerance: 0,
  inspect: ({ capabilities }) =>
    demand(typeof capabilities?.needsSegEmbeddings === 'boolean', 'capabilities.needsSegEmbeddings is no boolean'),
  input: (variety, seed) => inputOf(variety, seed),
  call: (prior, input) => prior.promptsFor(input),
  expectShapes: ({ prompts, similarity }, { promptSide, tokenRows, tokenColumns }) => {
    expectPromptShapes(prompts, promptSide);
    if (similarity) expectFloats('similarity', similarity, [tokenRows, tokenColumns]);
  },
  expectRanges: (output, { frame }) => {
    expectPromptRanges(output.prompts, frame.sidePx);
    expectCells(output);
  },
  checks: [
    {
      name: 'without seg embeddings',
      must: 'A prior that says that it needs no seg embeddings answers without them',
      fix: 'say so in capabilities.needsSegEmbeddings, or answer from the frame alone',
      run: ({ part }) => {
        if (part.capabilities.needsSegEmbeddings) return { skipped: 'it needs them, and says so' };
        const { prompts } = part.promptsFor({ ...inputOf('ordinary', 0), imageTokens: null, segEmbedding: null });
        return expectPromptShapes(prompts, PROMPT_SIDE);
      },
    },
  ],
};
