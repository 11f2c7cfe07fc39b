import type { Tensor } from '@tensorflow/tfjs-core';
import { describeShapes, mustFit } from '../kernel/shapes.js';
import { add } from './arithmetic.js';
import { tensor } from './constants.js';
import { gatherRows } from './embedding.js';
import { matMul } from './mat-mul.js';
import { interpolationMatrix } from './resize.js';
import { reshape, transpose } from './shape.js';

export interface RelativeBiasOptions {
  /** Height and width of the token grid; their product is T. */
  readonly grid: readonly [number, number];
  /** float32[L, d]: one row a vertical distance; another count than 2 height - 1 is interpolated. */
  readonly rows: Tensor;
  /** float32[L, d]: one row a horizontal distance; another count than 2 width - 1 is interpolated. */
  readonly columns: Tensor;
}

/**
 * The row of a table of distances for each pair of positions on one axis: entry [i, j] is that of i - j.
 * @param table float32[L, d], the distance 1 - length first; resized linearly (half-pixel centres, no antialiasing)
 *   where L is not 2 length - 1
 * @returns float32[length, length, d]
 * @source segment-anything modeling/image_encoder.py get_rel_pos, queries and keys of one length
 */
export function relativeTable(table: Tensor, length: number): Tensor {
  const [given, width] = table.shape as [number, number];
  const count = 2 * length - 1;
  const resize = (): Tensor => matMul(tensor(interpolationMatrix(given, count), [count, given]), table);
  const distances = Int32Array.from({ length: length ** 2 }, (_, at) => {
    return Math.floor(at / length) - (at % length) + length - 1;
  });
  return reshape(gatherRows(given === count ? table : resize(), tensor(distances)), [length, length, width]);
}

/**
 * SAM's decomposed relative positions as the bias of {@link attention}: the product of a query with the row of its
 * vertical distance to a key, plus that with the row of its horizontal distance. Queries are taken before scaling.
 * Two products of T by height and T by width numbers, then one sum of T by T.
 * @param q float32[B, h, T, d], T in row-major order of the grid
 * @returns float32[B, h, T, T]
 * @throws SHAPE_MISMATCH
 * @source segment-anything modeling/image_encoder.py add_decomposed_rel_pos
 */
export function relativeBias(q: Tensor, options: RelativeBiasOptions): Tensor {
  const [batch, heads, tokens] = q.shape as [number, number, number];
  const { vertical, horizontal } = relativeProducts(q, options);
  return reshape(add(vertical, horizontal), [batch, heads, tokens, tokens]);
}

/** The two parts of {@link relativeBias}, which their sum stretches. */
export interface RelativeProducts {
  /** float32[B, h, T, height, 1]: of each query with the rows of its vertical distances */
  readonly vertical: Tensor;
  /** float32[B, h, T, 1, width] */
  readonly horizontal: Tensor;
}

/** @throws SHAPE_MISMATCH */
export function relativeProducts(q: Tensor, { grid, rows, columns }: RelativeBiasOptions): RelativeProducts {
  const [height, width] = grid;
  const [batch, heads, tokens, size] = q.shape as [number, number, number, number];
  const fits = q.rank === 4 && tokens === height * width && rows.shape[1] === size && columns.shape[1] === size;
  const must = `q is [B, h, ${height} * ${width}, d], rows and columns are [L, d]`;
  mustFit(fits, 'relativeBias', must, describeShapes(q, rows, columns));
  const map = reshape(q, [batch * heads, height, width, size]);
  const byRow = matMul(map, relativeTable(rows, height), { transposeB: true });
  const turned = matMul(transpose(map, [0, 2, 1, 3]), relativeTable(columns, width), { transposeB: true });
  return {
    vertical: reshape(byRow, [batch, heads, tokens, height, 1]),
    horizontal: reshape(transpose(turned, [0, 2, 1, 3]), [batch, heads, tokens, 1, width]),
  };
}
