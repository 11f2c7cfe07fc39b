import type { ModelFrame } from '@sim4seg/core';
import { nearestIndices } from './axis/axis-operator.js';

/** Token rows and columns whose centre lies in the image, not in the padding; at least one of each. */
export interface ContentTokens {
  readonly rows: number;
  readonly columns: number;
}

/** How much of the token grid the image fills; the grid lies over the whole square frame. */
export function contentTokens(
  frame: ModelFrame,
  { tokenRows, tokenColumns }: { readonly tokenRows: number; readonly tokenColumns: number },
): ContentTokens {
  return {
    rows: centresWithin(frame.contentHeightPx, { side: frame.sidePx, count: tokenRows }),
    columns: centresWithin(frame.contentWidthPx, { side: frame.sidePx, count: tokenColumns }),
  };
}

/** The same as a mask for the graph form: float32[tokenRows * tokenColumns], 1 in the image. */
export function contentMaskOf(
  frame: ModelFrame,
  grid: { readonly tokenRows: number; readonly tokenColumns: number },
): Float32Array {
  const { rows, columns } = contentTokens(frame, grid);
  const mask = new Float32Array(grid.tokenRows * grid.tokenColumns);
  for (let y = 0; y < rows; y++) mask.fill(1, y * grid.tokenColumns, y * grid.tokenColumns + columns);
  return mask;
}

/** Number of leading samples whose centre lies in the first `content` tokens. */
export function contentSamples(
  samples: number,
  { tokens, content }: { readonly tokens: number; readonly content: number },
): number {
  return nearestIndices(tokens, samples).filter((token) => token < content).length;
}

function centresWithin(length: number, { side, count }: { readonly side: number; readonly count: number }): number {
  return Math.max(1, Math.min(count, Math.ceil((length * count) / side - 0.5)));
}
