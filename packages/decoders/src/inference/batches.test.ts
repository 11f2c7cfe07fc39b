import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_SIZES, batchRows, planBatches, planEqualBatches } from './batches.js';

describe('planBatches', () => {
  it('covers every row once, in compiled sizes, and never pads a run by four or more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (rows) => {
        const batches = planBatches(rows);
        const covered = batches.flatMap(({ start, count }) => Array.from({ length: count }, (_, i) => start + i));
        expect(covered).toEqual(Array.from({ length: rows }, (_, i) => i));
        for (const { count, size } of batches) {
          expect(BATCH_SIZES).toContain(size);
          expect(size - count).toBeLessThan(4);
        }
      }),
    );
  });

  it('takes the sizes that it should', () => {
    const sizes = (rows: number) => planBatches(rows).map(({ size }) => size);
    expect([1, 3, 5, 9, 13, 17].map(sizes)).toEqual([[1], [4], [4, 1], [4, 4, 1], [16], [16, 1]]);
    expect(planEqualBatches(5, 4)).toEqual([
      { start: 0, count: 4, size: 4 },
      { start: 4, count: 1, size: 4 },
    ]);
  });
});

describe('batchRows', () => {
  it('repeats the last row', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6);
    expect([...batchRows(data, 2, { start: 1, count: 2, size: 4 })]).toEqual([3, 4, 5, 6, 5, 6, 5, 6]);
  });
});
