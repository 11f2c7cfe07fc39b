import type { ContentMap } from './content-map.js';

/** Tokens from the first to the one behind the last, along both axes. */
export interface TokenBox {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** Which tokens at or above a limit count: those that touch the peak through others, or all. */
export type RegionExtent = 'peak' | 'all';

/** Bounding box of the tokens at or above `limit`; that of the peak is never empty. */
export function boundingBox(map: ContentMap, limit: number, extent: RegionExtent): TokenBox {
  const chosen = extent === 'all' ? allAbove(map, limit) : aroundPeak(map, limit);
  let [top, left, bottom, right] = [Infinity, Infinity, 0, 0];
  for (const token of chosen) {
    const [row, column] = [Math.floor(token / map.columns), token % map.columns];
    top = Math.min(top, row);
    left = Math.min(left, column);
    bottom = Math.max(bottom, row + 1);
    right = Math.max(right, column + 1);
  }
  return { top, left, bottom, right };
}

function allAbove({ values }: ContentMap, limit: number): number[] {
  const chosen: number[] = [];
  for (let i = 0; i < values.length; i++) if ((values[i] as number) >= limit) chosen.push(i);
  return chosen;
}

/** Tokens at or above the limit that are connected with the highest one by shared edges. */
function aroundPeak({ values, rows, columns }: ContentMap, limit: number): number[] {
  let peak = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[peak] as number)) peak = i;
  const seen = new Uint8Array(values.length);
  const reached = [peak];
  seen[peak] = 1;
  const visit = (token: number): void => {
    if (seen[token] === 1 || (values[token] as number) < limit) return;
    seen[token] = 1;
    reached.push(token);
  };
  for (let next = 0; next < reached.length; next++) {
    const token = reached[next] as number;
    const column = token % columns;
    if (column > 0) visit(token - 1);
    if (column < columns - 1) visit(token + 1);
    if (token >= columns) visit(token - columns);
    if (token < (rows - 1) * columns) visit(token + columns);
  }
  return reached;
}
