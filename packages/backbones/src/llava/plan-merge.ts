import { Sim4SegError } from '@sim4seg/core';

/** Id that marks the slot of an image among token ids. @source LLaVA constants.py */
export const IMAGE_TOKEN_INDEX = -200;
/** Label that no loss sees. */
export const IGNORE_INDEX = -100;

/** A right-padded batch of token ids. */
export interface TextBatch {
  /** [B][L]; {@link IMAGE_TOKEN_INDEX} where an image goes */
  readonly ids: readonly (readonly number[])[];
  /** [B][L]; null where nothing is learnt */
  readonly labels: readonly (readonly number[])[] | null;
  /** [B][L]; true at real tokens */
  readonly attentionMask: readonly (readonly boolean[])[];
}

export interface MergeSizes {
  readonly vocabularySize: number;
  /** Rows of one image. */
  readonly patches: number;
  /** Image of each slot, in the order of the slots; a row without an image uses up one slot, too. */
  readonly imageOfSlot: readonly number[];
  readonly images: number;
}

/** Where each row of the merged batch comes from, and what goes with it. */
export interface MergePlan {
  readonly length: number;
  /**
   * int32[B*length]; rows of the table [token embeddings (V); image rows (images * patches); one row of zeros], so that
   * one gather makes the merged embeddings.
   */
  readonly sources: Int32Array;
  /** int32[B*length]; null without labels */
  readonly labels: Int32Array | null;
  /** [B*length]; 1 at real tokens */
  readonly attentionMask: Uint8Array;
}

interface MergedRow {
  readonly sources: number[];
  readonly labels: number[];
}

/**
 * Puts image rows in the place of image slots, pads on the right up to the longest row, and extends the mask on the
 * left by as many ones as the row has grown.
 * @throws USAGE when there are more slots than images named for them
 * @source LLaVA llava_arch.py, prepare_inputs_labels_for_multimodal
 */
export function planMerge(batch: TextBatch, sizes: MergeSizes): MergePlan {
  const slots = sizes.imageOfSlot.values();
  const rows = batch.ids.map((ids, row) => mergeRow(ids, batch.labels?.[row] ?? null, { ...sizes, slots }));
  const length = Math.max(0, ...rows.map(({ sources }) => sources.length));
  const zeroRow = sizes.vocabularySize + sizes.images * sizes.patches;
  const padded = (values: readonly number[], value: number): number[] => [
    ...values,
    ...new Array<number>(length - values.length).fill(value),
  ];
  const mask = rows.flatMap(({ sources }, row) => extendMask(batch.attentionMask[row] ?? [], sources.length, length));
  return {
    length,
    sources: Int32Array.from(rows.flatMap((row) => padded(row.sources, zeroRow))),
    labels: batch.labels && Int32Array.from(rows.flatMap((row) => padded(row.labels, IGNORE_INDEX))),
    attentionMask: Uint8Array.from(mask),
  };
}

function mergeRow(
  ids: readonly number[],
  labels: readonly number[] | null,
  sizes: MergeSizes & { readonly slots: Iterator<number> },
): MergedRow {
  const { vocabularySize, patches } = sizes;
  const row: MergedRow = { sources: [], labels: [] };
  if (!ids.includes(IMAGE_TOKEN_INDEX)) nextImage(sizes.slots);
  ids.forEach((id, i) => {
    if (id !== IMAGE_TOKEN_INDEX) {
      row.sources.push(id);
      row.labels.push(labels?.[i] ?? IGNORE_INDEX);
      return;
    }
    const first = vocabularySize + nextImage(sizes.slots) * patches;
    for (let patch = 0; patch < patches; patch++) {
      row.sources.push(first + patch);
      row.labels.push(IGNORE_INDEX);
    }
  });
  return row;
}

function extendMask(mask: readonly boolean[], merged: number, length: number): number[] {
  const left = new Array<number>(merged - mask.length).fill(1);
  return [...left, ...mask.map(Number), ...new Array<number>(length - merged).fill(0)];
}

function nextImage(slots: Iterator<number>): number {
  const { value, done } = slots.next() as IteratorResult<number, undefined>;
  if (!done) return value;
  throw new Sim4SegError('USAGE', {
    must: 'Every image slot, and every row without one, has an image named for it',
    got: 'more slots than images',
    fix: 'name one image a slot in the order of the rows',
  });
}
