import { expectFinite, expectNotAborted } from '@sim4seg/core';
import type { DecodedMasks, FloatArray, ImageEncoder, MaskDecoder, PromptEncoder, RegionPrior } from '@sim4seg/core';
import { fakeFrame, smallWorld, zeros } from './small-world.js';

const { channels, embeddingSide: side, inputSidePx, lowResSide, promptSide } = smallWorld;
const masksPerPrompt = 2;

/** An image encoder whose features are the mean of the picture; `encodes` counts its calls. */
export function fakeImageEncoder(): ImageEncoder & { readonly encodes: () => number } {
  let encodes = 0;
  return {
    sizes: { inputSidePx, embeddingChannels: channels, embeddingSide: side, named: {} },
    encodes: () => encodes,
    async encode(image, { signal }) {
      expectNotAborted(signal);
      expectFinite('image', image.data);
      encodes++;
      const sum = Array.from<number>(image.data).reduce((total, value) => total + value, 0);
      const embedding = zeros(1, channels, side, side);
      embedding.data.fill(sum / image.data.length / 255);
      return { embedding, named: {}, frame: fakeFrame(image) };
    },
  };
}

/** A region prior whose mask is positive in its first `variant + 1` rows. */
export function fakeRegionPrior(): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: false },
    promptsFor({ variant, promptSide: promptSideOf, tokenRows, tokenColumns }) {
      const mask = zeros(1, 1, promptSideOf, promptSideOf);
      mask.data.fill(-1).fill(1, 0, (variant + 1) * promptSideOf);
      return { prompts: { mask }, similarity: zeros(tokenRows, tokenColumns), cells: null };
    },
  };
}

/** A prompt encoder that keeps the mean of each mask prompt as its dense embedding. */
export function fakePromptEncoder(): PromptEncoder {
  return {
    sizes: { embeddingChannels: channels, embeddingSide: side, promptSide, inputSidePx },
    async encode({ prompts, text }, { signal }) {
      expectNotAborted(signal);
      const dense = zeros(prompts.length, channels, side, side);
      for (const [row, { mask }] of prompts.entries())
        dense.data.fill(mask ? mean(mask) : 0, row * channels * side * side, (row + 1) * channels * side * side);
      return { sparse: text ?? zeros(prompts.length, 0, channels), dense };
    },
  };
}

/** A mask decoder whose mask m of a prompt covers the share of rows that its dense embedding says, and m rows more. */
export function fakeMaskDecoder(): MaskDecoder {
  const sizes = { embeddingChannels: channels, embeddingSide: side, lowResSide, masksPerPrompt, features: [] };
  return {
    sizes,
    async decode({ prompts }, { signal }) {
      expectNotAborted(signal);
      return decodeRows(prompts.dense);
    },
  };
}

function decodeRows({ data, shape }: FloatArray): DecodedMasks {
  const [rows = 0] = shape;
  const lowResLogits = zeros(rows, masksPerPrompt, lowResSide, lowResSide);
  const predictedIou = zeros(rows, masksPerPrompt);
  for (let i = 0; i < rows * masksPerPrompt; i++) {
    const share = ((data[Math.floor(i / masksPerPrompt) * channels * side * side] as number) + 1) / 2;
    const covered = Math.min(lowResSide, Math.max(0, Math.round(share * lowResSide) + (i % masksPerPrompt)));
    const start = i * lowResSide * lowResSide;
    lowResLogits.data.fill(-4, start, start + lowResSide * lowResSide).fill(4, start, start + covered * lowResSide);
    predictedIou.data[i] = 0.6 + 0.1 * (i % masksPerPrompt);
  }
  return { lowResLogits, predictedIou, presenceLogits: null };
}

function mean({ data }: FloatArray): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}
