/** Batch sizes for which graphs are compiled; rows are padded up to the next one. */
export const BATCH_SIZES = [1, 4, 16] as const;

/** Prompt tokens of a row that holds one seg embedding and nothing else. */
export const TEXT_TOKENS = 1;

/** Prompt tokens of rows that hold anything else; filled up with tokens that say "no point". */
export const MANY_TOKENS = 8;

/** The one batch size of graphs with many prompt tokens. */
export const MANY_TOKENS_BATCH = 4;

/** One run of a graph: `count` real rows from `start`, padded to `size`. */
export interface Batch {
  readonly start: number;
  readonly count: number;
  readonly size: number;
}

/** Cuts rows into runs of the compiled sizes 1, 4 and 16; up to 12 rows run in fours. */
export function planBatches(rows: number): readonly Batch[] {
  return cut(rows, (left) => (left > 12 ? 16 : left > 1 ? 4 : 1));
}

/** Cuts rows into runs of one size. */
export function planEqualBatches(rows: number, size: number): readonly Batch[] {
  return cut(rows, () => size);
}

/** The rows of one batch of a row-major array, the last row repeated up to the batch's size. */
export function batchRows(data: Float32Array, rowLength: number, { start, count, size }: Batch): Float32Array {
  const rows = new Float32Array(size * rowLength);
  rows.set(data.subarray(start * rowLength, (start + count) * rowLength));
  const last = data.subarray((start + count - 1) * rowLength, (start + count) * rowLength);
  for (let row = count; row < size; row++) rows.set(last, row * rowLength);
  return rows;
}

function cut(rows: number, sizeFor: (left: number) => number): readonly Batch[] {
  const batches: Batch[] = [];
  for (let start = 0; start < rows;) {
    const size = sizeFor(rows - start);
    const count = Math.min(size, rows - start);
    batches.push({ start, count, size });
    start += count;
  }
  return batches;
}
