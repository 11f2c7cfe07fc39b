import type { ImageFeatures } from '../contracts/image-encoder.js';
import type { DecodedMasks } from '../contracts/segmenter.js';
import { expectNotAborted } from '../errors.js';
import { expectFinite, expectShape } from '../shape.js';
import type { PromptRow } from './region-prompts.js';
import { askPart, askPartLater } from './ask-part.js';
import type { PipelineParts } from './parts.js';
import type { Run } from './run.js';

/** A decoder row with its masks. */
export interface DecodedRow extends PromptRow {
  /** One float32[lowRes, lowRes] a decoder output; model frame; logits. */
  readonly lowResLogits: readonly Float32Array[];
  readonly predictedIou: readonly number[];
  readonly presenceLogit: number | null;
}

/** Decodes all rows in as few batches as their kinds of prompts and the batch limit allow; rows keep their order. */
export async function decodeRows(run: Run, features: ImageFeatures, rows: readonly PromptRow[]): Promise<DecodedRow[]> {
  const decoded = new Map<PromptRow, DecodedRow>();
  for (const batch of toBatches(rows, run.settings.decodeBatch)) {
    expectNotAborted(run.signal);
    for (const row of await decodeBatch(run, features, batch)) decoded.set(row.from, row.decoded);
  }
  return rows.map((row) => decoded.get(row) as DecodedRow);
}

async function decodeBatch(
  { parts, signal }: Run,
  features: ImageFeatures,
  batch: readonly PromptRow[],
): Promise<{ from: PromptRow; decoded: DecodedRow }[]> {
  const asked = { prompts: batch.map((row) => row.prior.prompts), text: textPrompts(batch) };
  const prompts = await askPartLater(parts, 'promptEncoder', () => parts.promptEncoder.encode(asked, { signal }));
  const decode = () => parts.maskDecoder.decode({ features, prompts }, { signal });
  const masks = await askPartLater(parts, 'maskDecoder', decode);
  askPart(parts, 'maskDecoder', () => expectMasks(parts, masks, batch.length));
  return batch.map((from, i) => ({ from, decoded: { ...from, ...rowOf(masks, i) } }));
}

function expectMasks({ maskDecoder }: PipelineParts, masks: DecodedMasks, rows: number): void {
  const { masksPerPrompt, lowResSide } = maskDecoder.sizes;
  expectShape('mask logits', masks.lowResLogits, [rows, masksPerPrompt, lowResSide, lowResSide]);
  expectShape('predicted IoU', masks.predictedIou, [rows, masksPerPrompt]);
  expectFinite('mask logits', masks.lowResLogits.data);
}

function rowOf(
  { lowResLogits, predictedIou, presenceLogits }: DecodedMasks,
  row: number,
): Omit<DecodedRow, keyof PromptRow> {
  const [, count = 0, height = 0, width = 0] = lowResLogits.shape;
  const plane = height * width;
  return {
    lowResLogits: Array.from({ length: count }, (_, m) => {
      const start = (row * count + m) * plane;
      return lowResLogits.data.subarray(start, start + plane);
    }),
    predictedIou: [...predictedIou.data.subarray(row * count, (row + 1) * count)],
    presenceLogit: presenceLogits?.data[row] ?? null,
  };
}

/** float32[B, 1, D] of the rows' seg embeddings; null where they have none. */
function textPrompts(batch: readonly PromptRow[]): { data: Float32Array; shape: number[] } | null {
  const dim = batch[0]?.segEmbedding?.length;
  if (dim === undefined) return null;
  const data = new Float32Array(batch.length * dim);
  batch.forEach(({ segEmbedding }, i) => segEmbedding && data.set(segEmbedding, i * dim));
  return { data, shape: [batch.length, 1, dim] };
}

/** Rows of one batch hold the same kinds of prompts in the same sizes. */
function toBatches(rows: readonly PromptRow[], limit: number): PromptRow[][] {
  const groups = new Map<string, PromptRow[]>();
  for (const row of rows) {
    const kinds = Object.entries(row.prior.prompts).map(([kind, prompt]) => `${kind}:${prompt?.shape.join('x')}`);
    const key = `${kinds.sort().join(' ')} text:${row.segEmbedding?.length ?? 'none'}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const slices = (group: PromptRow[]): PromptRow[][] =>
    Array.from({ length: Math.ceil(group.length / limit) }, (_, i) => group.slice(i * limit, (i + 1) * limit));
  return [...groups.values()].flatMap(slices);
}
