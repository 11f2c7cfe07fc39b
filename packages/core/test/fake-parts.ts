import type { PipelineParts } from '../src/pipeline/parts.js';
import type { ReasoningPath } from '../src/contracts/lvlm.js';
import type { MedicalImage, ModelFrame } from '../src/contracts/image.js';

/** A world small enough to compute by hand: a model frame of 8, features 2 x 2 x 2, masks of side 4. */
export const testImage: MedicalImage = {
  dtype: 'uint8',
  data: new Uint8Array(16 * 8 * 3),
  widthPx: 16,
  heightPx: 8,
  channels: 3,
  spacingMm: null,
  orientation: null,
  window: null,
  seriesId: null,
  sliceIndex: null,
  frameIndex: null,
  sha256: 'image-a',
};

const frame: ModelFrame = {
  sidePx: 8,
  contentWidthPx: 8,
  contentHeightPx: 4,
  originalWidthPx: 16,
  originalHeightPx: 8,
};
const zeros = (...shape: number[]): { data: Float32Array; shape: number[] } => ({
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  shape,
});

/** A path with `segs` [SEG], each embedding [index of the path + 1, index of the seg + 1]. */
export function fakePath(index: number, text: string, segs: number | null, presentProb = 0.9): ReasoningPath {
  const data = Float32Array.from({ length: (segs ?? 0) * 2 }, (_, i) =>
    i % 2 === 0 ? index + 1 : Math.floor(i / 2) + 1,
  );
  return {
    index,
    text,
    tokenIds: [index],
    tokenLogProbs: Float32Array.of(-1 - index),
    segEmbeddings: segs === null ? null : { data, shape: [segs, 2] },
    presentProb,
    finish: 'stop',
  };
}

/** Counts of calls, to see what ran and how often. */
export interface FakeCalls {
  encodes: number;
  promptBatches: number[];
}

/** Parts that answer with the given paths; the mask of a row covers the columns below its seg number. */
export function fakeParts(answers: readonly ReasoningPath[]): { parts: PipelineParts; calls: FakeCalls } {
  const calls: FakeCalls = { encodes: 0, promptBatches: [] };
  const parts: PipelineParts = {
    lvlm: fakeLvlm(answers),
    regionPrior: fakePrior,
    imageEncoder: {
      sizes: { inputSidePx: 8, embeddingChannels: 2, embeddingSide: 2, named: { stride4: { channels: 1, side: 2 } } },
      encode: async () => {
        calls.encodes++;
        return { embedding: zeros(1, 2, 2, 2), named: { stride4: zeros(1, 1, 2, 2) }, frame };
      },
    },
    ...fakeSegmenter(calls),
    presenceJudge: fakeJudge,
    scorers: [{ score: (candidates) => candidates.map((c) => c.predictedIou) }],
    selector: {
      select: (_candidates, [scores = []]) => ({ index: scores.indexOf(Math.max(...scores)), scores }),
    },
    observers: [],
    labels: {
      lesion: [
        { id: 'b', name: 'benign', synonyms: [] },
        { id: 'm', name: 'malignant', synonyms: [] },
      ],
    },
  };
  return { parts, calls };
}

function fakeLvlm(answers: readonly ReasoningPath[]): PipelineParts['lvlm'] {
  return {
    capabilities: { segEmbeddings: true, imageFeatures: null },
    sizes: { projectedDim: 2, tokenRows: 2, tokenColumns: 2 },
    prefill: async () => ({ imageTokens: zeros(1, 4, 2), frame, state: null }),
    sample: async (_prefix, { paths, onToken }) => {
      const chosen = answers.slice(0, paths);
      chosen.forEach((path) => onToken?.({ path: path.index, text: path.text }));
      return chosen;
    },
  };
}

/** Writes the seg number and the variant into the prompt mask. */
const fakePrior: PipelineParts['regionPrior'] = {
  capabilities: { needsSegEmbeddings: true },
  promptsFor: ({ segEmbedding, variant }) => ({
    prompts: { mask: { data: Float32Array.of(segEmbedding?.[1] ?? 0, variant, 0, 0), shape: [1, 1, 2, 2] } },
    similarity: { data: Float32Array.of(variant, 0, 0, 0), shape: [2, 2] },
    cells: null,
  }),
};

/** Hands the first two numbers of the prompt mask on as dense prompt. */
function fakeSegmenter(calls: FakeCalls): Pick<PipelineParts, 'promptEncoder' | 'maskDecoder'> {
  return {
    promptEncoder: {
      sizes: { embeddingChannels: 2, embeddingSide: 2, promptSide: 2, inputSidePx: 8 },
      encode: async ({ prompts, text }) => {
        calls.promptBatches.push(prompts.length);
        const dense = zeros(prompts.length, 2, 2, 2);
        prompts.forEach(({ mask }, i) => dense.data.set(mask?.data.subarray(0, 2) ?? [], i * 8));
        return { sparse: text ?? zeros(prompts.length, 0, 2), dense };
      },
    },
    maskDecoder: {
      sizes: { embeddingChannels: 2, embeddingSide: 2, lowResSide: 4, masksPerPrompt: 2, features: ['stride4'] },
      decode: async ({ prompts: { dense } }) => decodeColumns(dense),
    },
  };
}

/** The mean probability, cut at 0.4 and 0.6. */
const fakeJudge: PipelineParts['presenceJudge'] = {
  judge: (evidence) => {
    const presentProb = evidence.reduce((sum, e) => sum + (e.presentProb ?? 0), 0) / evidence.length;
    return { presence: presentProb > 0.6 ? 'present' : presentProb < 0.4 ? 'absent' : 'unsure', presentProb };
  },
};

/** Column x of the mask of a row is foreground where x < seg number + variant + decoder output. */
function decodeColumns(dense: { data: Float32Array; shape: readonly number[] }): {
  lowResLogits: { data: Float32Array; shape: number[] };
  predictedIou: { data: Float32Array; shape: number[] };
  presenceLogits: null;
} {
  const [rows = 0] = dense.shape;
  const lowResLogits = zeros(rows, 2, 4, 4);
  const predictedIou = zeros(rows, 2);
  for (let i = 0; i < rows * 2; i++) {
    const row = Math.floor(i / 2);
    const columns = (dense.data[row * 8] as number) - 1 + (dense.data[row * 8 + 1] as number) + (i % 2);
    for (let p = 0; p < 16; p++) lowResLogits.data[i * 16 + p] = p % 4 <= columns ? 4 : -4;
    predictedIou.data[i] = 0.5 + 0.1 * (i % 2);
  }
  return { lowResLogits, predictedIou, presenceLogits: null };
}
