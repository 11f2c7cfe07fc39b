import type { RegionPriorInput, RegionPriorOutput } from '@sim4seg/core';
import { applyOperators } from '../axis/apply-operators.js';
import type { MapOperator } from '../axis/apply-operators.js';
import { cellMeanOperator, nearestIndices, toBanded } from '../axis/axis-operator.js';
import { createCache } from '../axis/operator-cache.js';
import { contentSamples, contentTokens } from '../content.js';
import type { ContentTokens } from '../content.js';
import { rangeOf } from '../maps/content-map.js';
import { PROMPT_LOGIT, isConstant } from '../prompt-logits.js';
import { pickCells, selectTopCells } from '../select-cells.js';
import { paintCells } from './paint-cells.js';
import { maskPromptOf, similarityArray } from './prompt-arrays.js';

/** All that depends on the image shape alone: made once a shape, used for every question. */
interface FrameCells {
  readonly means: MapOperator;
  /** Cells in the image, row-major. */
  readonly allowed: Int32Array;
  /** Cell of each sample along a side of the prompt mask. */
  readonly paint: Int32Array;
}

type Shape = Pick<RegionPriorInput, 'tokenRows' | 'tokenColumns' | 'frame' | 'promptSide'>;

const cached = createCache<FrameCells>(64);

/** The operator of an image shape: similarity to means over a grid of cells, and cells to the prompt mask. */
function frameCells({ tokenRows, tokenColumns, frame, promptSide }: Shape, gridCells: number): FrameCells {
  const content = contentTokens(frame, { tokenRows, tokenColumns });
  const key = `${tokenRows} ${tokenColumns} ${content.rows} ${content.columns} ${promptSide} ${gridCells}`;
  return cached(key, () => ({
    means: {
      rows: toBanded(cellMeanOperator(tokenRows, gridCells)),
      columns: toBanded(cellMeanOperator(tokenColumns, gridCells)),
    },
    allowed: allowedCells(gridCells, { tokenRows, tokenColumns, content }),
    paint: nearestIndices(gridCells, promptSide),
  }));
}

/** Means over the cells of a grid, and which of them lie in the image. */
export interface MeasuredCells {
  /** float32[gridCells,gridCells]; row-major. */
  readonly means: Float32Array;
  /** Cells in the image, row-major. */
  readonly allowed: Int32Array;
  /** Range of the means in the image. */
  readonly low: number;
  readonly high: number;
}

/** Means of a similarity map over the cells of a grid over the model frame. */
export function measureCells(similarity: Float32Array, shape: Shape, gridCells: number): MeasuredCells {
  const { means: operator, allowed } = frameCells(shape, gridCells);
  const means = applyOperators(similarity, operator);
  const { low, high } = rangeOf(pickCells(means, allowed));
  return { means, allowed, low, high };
}

/** The highest cells of a similarity map; none where the map is constant. */
export function chooseCells(
  similarity: Float32Array,
  shape: Shape,
  { gridCells, topN }: { readonly gridCells: number; readonly topN: number },
): number[] {
  const { means, allowed, low, high } = measureCells(similarity, shape, gridCells);
  return isConstant(low, high) ? [] : selectTopCells(means, allowed, topN);
}

/** Logits of cells that are not marked and that are. */
const MARK_LOGITS = Float32Array.of(-PROMPT_LOGIT, PROMPT_LOGIT);

/** What a prior answers that chose cells: +4 in them, -4 elsewhere. */
export function cellsOutput(
  similarity: Float32Array,
  input: RegionPriorInput,
  { chosen, gridCells }: { readonly chosen: readonly number[]; readonly gridCells: number },
): RegionPriorOutput {
  const marks = new Uint8Array(gridCells * gridCells);
  for (const cell of chosen) marks[cell] = 1;
  return {
    prompts: maskPromptOf(paintFrameCells(marks, input, { gridCells, values: MARK_LOGITS }), input),
    similarity: similarityArray(similarity, input),
    cells: { gridCells, chosen, over: 'frame' },
  };
}

/** Places in `values` by cell, uint8[G*G], to float32[S*S]; a sample belongs to the cell in which its centre lies. */
export function paintFrameCells(
  cells: Uint8Array,
  shape: Shape,
  { gridCells, values }: { readonly gridCells: number; readonly values: Float32Array },
): Float32Array {
  return paintCells({ cells, values, paint: frameCells(shape, gridCells).paint });
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
