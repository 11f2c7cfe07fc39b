import type { ModelFrame } from '@sim4seg/core';

/** The priors once more, sample by sample and without operators, caches or kernels: for comparison only. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly frame: ModelFrame;
  readonly side: number;
}

/** Bilinear sample of the token grid at sample `i` of `count` along both axes; half-pixel, clamped. */
function sample(
  similarity: Float32Array,
  { rows, columns }: Grid,
  [y, ofY, x, ofX]: [number, number, number, number],
): number {
  const axis = (i: number, count: number, tokens: number): [number, number, number] => {
    const position = Math.min(tokens - 1, Math.max(0, ((i + 0.5) * tokens) / count - 0.5));
    const lower = Math.floor(position);
    return [lower, Math.min(tokens - 1, lower + 1), position - lower];
  };
  const [y0, y1, fy] = axis(y, ofY, rows);
  const [x0, x1, fx] = axis(x, ofX, columns);
  const at = (row: number, column: number): number => similarity[row * columns + column] ?? 0;
  return (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) + fy * ((1 - fx) * at(y1, x0) + fx * at(y1, x1));
}

/** Whether the token below a sample's centre has its own centre in the image; the first along an axis always has. */
export function isInside({ rows, columns, frame, side }: Grid, y: number, x: number, of = side): boolean {
  const inAxis = (i: number, tokens: number, length: number): boolean => {
    const token = Math.min(tokens - 1, Math.floor(((i + 0.5) * tokens) / of));
    return i === 0 || token === 0 || (token + 0.5) * frame.sidePx < length * tokens;
  };
  return inAxis(y, rows, frame.contentHeightPx) && inAxis(x, columns, frame.contentWidthPx);
}

/** The interpolated map scaled to 0..1 inside the image, NaN in the padding; null where it is constant. */
export function normalisedMap(similarity: Float32Array, grid: Grid): number[] | null {
  const { side } = grid;
  const map = Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side), i % side];
    return isInside(grid, y, x) ? sample(similarity, grid, [y, side, x, side]) : NaN;
  });
  const inside = map.filter((value) => !Number.isNaN(value));
  const [low, high] = [Math.min(...inside), Math.max(...inside)];
  if (high - low <= 1e-5 * Math.max(Math.abs(low), Math.abs(high))) return null;
  return map.map((value) => (value - low) / (high - low));
}

/** Means of the cells in the image, by index; 16 x 16 samples a cell. */
export function cellMeans(similarity: Float32Array, grid: Grid, gridCells: number): Map<number, number> {
  const means = new Map<number, number>();
  const fine = 16 * gridCells;
  for (let cell = 0; cell < gridCells * gridCells; cell++) {
    const [row, column] = [Math.floor(cell / gridCells), cell % gridCells];
    if (!isInside(grid, row, column, gridCells)) continue;
    let sum = 0;
    for (let y = 16 * row; y < 16 * row + 16; y++) {
      for (let x = 16 * column; x < 16 * column + 16; x++) sum += sample(similarity, grid, [y, fine, x, fine]) / 256;
    }
    means.set(cell, sum);
  }
  return means;
}

/** The cell of a sample. */
export function cellOf({ side }: Grid, gridCells: number, i: number): number {
  const along = (sample: number): number => Math.min(gridCells - 1, Math.floor(((sample + 0.5) * gridCells) / side));
  return along(Math.floor(i / side)) * gridCells + along(i % side);
}

/** Variance between the `cut` highest values and the others. */
export function varianceBetween(values: readonly number[], cut: number): number {
  const sorted = [...values].sort((a, b) => b - a);
  const mean = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
  const share = cut / sorted.length;
  return share * (1 - share) * (mean(sorted.slice(0, cut)) - mean(sorted.slice(cut))) ** 2;
}
