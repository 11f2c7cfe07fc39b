import type { RegionPriorInput } from '@sim4seg/core';
import { applyOperators } from '../axis/apply-operators.js';
import type { MapOperator } from '../axis/apply-operators.js';
import { cellMeanOperator, nearestIndices, toBanded } from '../axis/axis-operator.js';
import { createCache } from '../axis/operator-cache.js';
import { contentSamples, contentTokens } from '../content.js';
import type { ContentTokens } from '../content.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { selectTopCells } from '../select-cells.js';

/** All that depends on the image shape alone: made once a shape, used for every question. */
interface FrameCells {
  readonly means: MapOperator;
  /** Cells in the image, row-major. */
  readonly allowed: Int32Array;
  /** Cell row of each prompt row, and cell column of each prompt column. */
  readonly paintRows: Int32Array;
  readonly paintColumns: Int32Array;
}

type Shape = Pick<RegionPriorInput, 'tokenRows' | 'tokenColumns' | 'frame' | 'promptSide'>;

const cached = createCache<FrameCells>(64);

/** The operator of an image shape: similarity to means over a grid of cells, and cells to the prompt mask. */
function frameCells({ tokenRows, tokenColumns, frame, promptSide }: Shape, gridCells: number): FrameCells {
  const content = contentTokens(frame, { tokenRows, tokenColumns });
  const key = [tokenRows, tokenColumns, content.rows, content.columns, promptSide, gridCells].join(' ');
  return cached(key, () => ({
    means: {
      rows: toBanded(cellMeanOperator(tokenRows, gridCells)),
      columns: toBanded(cellMeanOperator(tokenColumns, gridCells)),
    },
    allowed: allowedCells(gridCells, { tokenRows, tokenColumns, content }),
    paintRows: nearestIndices(gridCells, promptSide),
    paintColumns: nearestIndices(gridCells, promptSide),
  }));
}

/** The highest cells of a similarity map; none where the map is constant. */
export function chooseCells(
  similarity: Float32Array,
  shape: Shape,
  { gridCells, topN }: { readonly gridCells: number; readonly topN: number },
): number[] {
  const { means: operator, allowed } = frameCells(shape, gridCells);
  const means = applyOperators(similarity, operator);
  let low = Infinity;
  let high = -Infinity;
  for (const cell of allowed) {
    const mean = means[cell] as number;
    if (mean < low) low = mean;
    if (mean > high) high = mean;
  }
  return isConstant(low, high) ? [] : selectTopCells(means, allowed, topN);
}

/** float32[S*S]: positive logits in the chosen cells, negative ones elsewhere. */
export function paintFrameCells(chosen: readonly number[], shape: Shape, gridCells: number): Float32Array {
  const { paintRows, paintColumns } = frameCells(shape, gridCells);
  const side = shape.promptSide;
  const cells = new Uint8Array(gridCells * gridCells);
  for (const cell of chosen) cells[cell] = 1;
  const mask = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const cellRow = paintRows[y] as number;
    const at = y * side;
    // Rows of one cell row are equal: copy the one above.
    if (y > 0 && cellRow === paintRows[y - 1]) mask.copyWithin(at, at - side, at);
    else paintRow(mask, at, { cells, row: cellRow * gridCells, paintColumns });
  }
  return mask;
}

function paintRow(
  mask: Float32Array,
  at: number,
  { cells, row, paintColumns }: { readonly cells: Uint8Array; readonly row: number; readonly paintColumns: Int32Array },
): void {
  for (let x = 0; x < paintColumns.length; x++) {
    mask[at + x] = cells[row + (paintColumns[x] as number)] === 1 ? PROMPT_LOGIT : -PROMPT_LOGIT;
  }
}

function allowedCells(
  gridCells: number,
  { tokenRows, tokenColumns, content }: { tokenRows: number; tokenColumns: number; content: ContentTokens },
): Int32Array {
  const rows = contentSamples(gridCells, { tokens: tokenRows, content: content.rows });
  const columns = Math.max(1, contentSamples(gridCells, { tokens: tokenColumns, content: content.columns }));
  return Int32Array.from(
    { length: Math.max(1, rows) * columns },
    (_, i) => Math.floor(i / columns) * gridCells + (i % columns),
  );
}
