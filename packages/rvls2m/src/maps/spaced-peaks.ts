import type { ContentMap } from './content-map.js';

/** Which extremes are looked for. */
export interface PeakChoice {
  readonly count: number;
  /** Least distance of two of them along at least one axis, in tokens. */
  readonly spacing: number;
  /** `high`: the highest values, none below `limit`; `low`: the lowest, none at or above `limit`. */
  readonly side: 'high' | 'low';
  readonly limit: number;
}

/** Indices of extremes of a map, the most extreme first, greedily and apart from each other; fewer where there are none. */
export function spacedPeaks({ values, rows, columns }: ContentMap, choice: PeakChoice): number[] {
  const sign = choice.side === 'high' ? 1 : -1;
  const free = new Uint8Array(values.length).fill(1);
  const peaks: number[] = [];
  while (peaks.length < choice.count) {
    let best = -1;
    for (let i = 0; i < values.length; i++) {
      if (free[i] === 0) continue;
      if (best < 0 || sign * (values[i] as number) > sign * (values[best] as number)) best = i;
    }
    if (best < 0 || !isWithin(values[best] as number, choice)) break;
    peaks.push(best);
    block(free, best, { rows, columns, spacing: choice.spacing });
  }
  return peaks;
}

function isWithin(value: number, { side, limit }: PeakChoice): boolean {
  return side === 'high' ? value >= limit : value < limit;
}

/** Marks all tokens that are nearer than `spacing` along both axes. */
function block(
  free: Uint8Array,
  peak: number,
  { rows, columns, spacing }: { readonly rows: number; readonly columns: number; readonly spacing: number },
): void {
  const [row, column] = [Math.floor(peak / columns), peak % columns];
  const reach = spacing - 1;
  const [left, right] = [Math.max(0, column - reach), Math.min(columns - 1, column + reach)];
  for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
    free.fill(0, y * columns + left, y * columns + right + 1);
  }
}
