import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeEmbeddings } from './merge-embeddings.js';
import { IGNORE_INDEX, IMAGE_TOKEN_INDEX, planMerge } from './plan-merge.js';

const SIZES = { vocabularySize: 10, patches: 3, imageOfSlot: [1, 0], images: 2 };

describe('planMerge', () => {
  it('puts image rows into slots, pads on the right and extends the mask on the left', () => {
    const plan = planMerge(
      {
        ids: [
          [1, IMAGE_TOKEN_INDEX, 5],
          [2, 3, 4],
        ],
        labels: [
          [IGNORE_INDEX, IMAGE_TOKEN_INDEX, 5],
          [2, 3, 4],
        ],
        attentionMask: [
          [true, true, false],
          [true, true, true],
        ],
      },
      SIZES,
    );
    expect(plan.length).toBe(5);
    expect([...plan.sources]).toEqual([1, 13, 14, 15, 5, 2, 3, 4, 16, 16]);
    expect([...plan.labels!]).toEqual([-100, -100, -100, -100, 5, 2, 3, 4, -100, -100]);
    expect([...plan.attentionMask]).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 0, 0]);
  });

  it('lets a row without an image use up one slot', () => {
    const ids = [[1], [IMAGE_TOKEN_INDEX]];
    const plan = planMerge({ ids, labels: null, attentionMask: [[true], [true]] }, SIZES);
    expect([...plan.sources]).toEqual([1, 16, 16, 10, 11, 12]);
    expect(plan.labels).toBeNull();
  });

  it('keeps every token in order', () => {
    const id = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(IMAGE_TOKEN_INDEX));
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 20 }), (ids) => {
        const imageOfSlot = ids.map(() => 0);
        const batch = { ids: [ids], labels: null, attentionMask: [ids.map(() => true)] };
        const plan = planMerge(batch, { ...SIZES, imageOfSlot });
        const images = ids.filter((value) => value === IMAGE_TOKEN_INDEX).length;
        expect(plan.length).toBe(ids.length + 2 * images);
        expect([...plan.sources].filter((source) => source < 10)).toEqual(ids.filter((value) => value >= 0));
      }),
    );
  });

  it('refuses slots without an image', () => {
    const run = (): unknown =>
      planMerge({ ids: [[1], [2], [3]], labels: null, attentionMask: [[true], [true], [true]] }, SIZES);
    expect(run).toThrow();
    try {
      run();
    } catch (error) {
      expect(isSim4SegError(error) && error.code).toBe('USAGE');
    }
  });
});

describe('mergeEmbeddings', () => {
  it('gathers rows of both tables and leaves padding zero', () => {
    const table = { data: Float32Array.from({ length: 20 }, (_, i) => i + 1), shape: [10, 2] };
    const images = { data: Float32Array.from({ length: 12 }, (_, i) => -i - 1), shape: [2, 3, 2] };
    const plan = { length: 3, sources: Int32Array.from([9, 10, 16]), labels: null, attentionMask: new Uint8Array(3) };
    const merged = mergeEmbeddings(plan, table, images);
    expect(merged.shape).toEqual([1, 3, 2]);
    expect([...merged.data]).toEqual([19, 20, -1, -2, 0, 0]);
  });
});
