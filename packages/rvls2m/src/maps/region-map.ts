import type { RegionPriorInput } from '@sim4seg/core';
import { applyOperators, mixColumns, pairTable } from '../axis/apply-operators.js';
import type { MapOperator } from '../axis/apply-operators.js';
import { bilinearOperator, pickRows, toBanded } from '../axis/axis-operator.js';
import type { BandedOperator } from '../axis/axis-operator.js';
import { createCache } from '../axis/operator-cache.js';
import { contentSamples, contentTokens } from '../content.js';
import { mixRows } from '../kernels/mix-rows.js';
import type { LogitForm, RowTable } from '../kernels/mix-rows.js';
import { simdKernel } from '../kernels/simd-kernel.js';
import { PROMPT_LOGIT } from '../prompt-logits.js';
import { rangeOf } from './content-map.js';

type Shape = Pick<RegionPriorInput, 'tokenRows' | 'tokenColumns' | 'frame' | 'promptSide'>;

/** All that depends on the image shape alone. */
interface RegionOperator {
  readonly columns: BandedOperator;
  readonly rows: RowTable;
  /** Samples of the prompt mask in the image: rows, columns. */
  readonly contentRows: number;
  readonly contentColumns: number;
  /** The samples among which the extremes of the interpolated map are. */
  readonly extremes: MapOperator;
  /** float32[tokenRows + 1, side], used again at every call; the last row stays 0. */
  readonly wide: Float32Array;
}

const cached = createCache<RegionOperator>(16);

function regionOperator({ tokenRows, tokenColumns, frame, promptSide: side }: Shape): RegionOperator {
  const content = contentTokens(frame, { tokenRows, tokenColumns });
  return cached(`${tokenRows} ${tokenColumns} ${content.rows} ${content.columns} ${side}`, () => {
    const contentRows = Math.max(1, contentSamples(side, { tokens: tokenRows, content: content.rows }));
    const contentColumns = Math.max(1, contentSamples(side, { tokens: tokenColumns, content: content.columns }));
    const rows = toBanded(bilinearOperator(tokenRows, side));
    const columns = toBanded(bilinearOperator(tokenColumns, side));
    return {
      columns,
      rows: pairTable(rows, contentRows),
      contentRows,
      contentColumns,
      extremes: {
        rows: pickRows(rows, corners(rows, contentRows)),
        columns: pickRows(columns, corners(columns, contentColumns)),
      },
      wide: new Float32Array((tokenRows + 1) * side),
    };
  });
}

/**
 * Lowest and highest value of the bilinearly interpolated map inside the image.
 * - `similarity` float32[tokenRows,tokenColumns]
 */
export function regionRange(similarity: Float32Array, shape: Shape): { readonly low: number; readonly high: number } {
  return rangeOf(applyOperators(similarity, regionOperator(shape).extremes));
}

/**
 * Prompt logits float32[S,S] of the bilinearly interpolated `values` float32[tokenRows,tokenColumns]: `clamp` holds them
 * between -4 and 4, `cut` gives +4 from 0 on and -4 below. The padding is -4.
 */
export function regionLogits(values: Float32Array, shape: Shape, form: LogitForm): Float32Array {
  const { columns, rows, contentRows, contentColumns, wide } = regionOperator(shape);
  const side = shape.promptSide;
  mixColumns(wide, values, columns);
  const mask = new Float32Array(side * side);
  mixRows({ data: wide, width: side }, rows, { form, out: mask, kernel: simdKernel() });
  if (contentRows < side) mask.fill(-PROMPT_LOGIT, contentRows * side);
  if (contentColumns < side) {
    for (let y = 0; y < contentRows; y++) mask.fill(-PROMPT_LOGIT, y * side + contentColumns, (y + 1) * side);
  }
  return mask;
}

/**
 * Between two token centres a bilinear map has its extremes at the corners, so that of all samples between them the
 * first and the last are enough.
 */
function corners({ starts }: BandedOperator, count: number): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(
    (i) => i === 0 || i === count - 1 || starts[i] !== starts[i - 1] || starts[i] !== starts[i + 1],
  );
}
