import { Sim4SegError } from '../errors.js';
import type { FloatMap, Size } from './size.js';

/**
 * Edges of `cells` equal parts of `length` pixels: int32[cells + 1], from 0 to `length`. Cells differ by at most one
 * pixel and every pixel belongs to exactly one cell.
 * @throws USAGE when there are fewer pixels than cells
 */
export function cellEdges(length: number, cells: number): Int32Array {
  if (!(Number.isSafeInteger(cells) && cells > 0 && cells <= length)) {
    throw new Sim4SegError('USAGE', {
      must: 'A cell grid has at least one cell and at least one pixel a cell',
      got: `${cells} cells over ${length} pixels`,
      fix: 'lower gridCells',
    });
  }
  return Int32Array.from({ length: cells + 1 }, (_, i) => Math.floor((i * length) / cells));
}

/** Mean of a map over the cells of a grid: float32[h, w] to float32[cells, cells]; row-major. */
export function cellMeans(map: FloatMap, cells: number): Float32Array {
  const rows = cellEdges(map.heightPx, cells);
  const columns = cellEdges(map.widthPx, cells);
  const means = new Float32Array(cells * cells);
  for (let cell = 0; cell < means.length; cell++) {
    const box = cellBox(cell, { rows, columns, cells });
    means[cell] = boxSum(map, box) / ((box.x1 - box.x0) * (box.y1 - box.y0));
  }
  return means;
}

/**
 * Paints chosen cells of a grid: returns float32[heightPx, widthPx], `inside` in chosen cells and `outside` elsewhere.
 * - `chosen`: cell indices, row-major
 */
export function paintCells(
  chosen: Iterable<number>,
  size: Size,
  { cells, inside = 1, outside = 0 }: { cells: number; inside?: number; outside?: number },
): FloatMap {
  const rows = cellEdges(size.heightPx, cells);
  const columns = cellEdges(size.widthPx, cells);
  const data = new Float32Array(size.widthPx * size.heightPx).fill(outside);
  for (const cell of chosen) {
    const { x0, x1, y0, y1 } = cellBox(cell, { rows, columns, cells });
    for (let y = y0; y < y1; y++) data.fill(inside, y * size.widthPx + x0, y * size.widthPx + x1);
  }
  return { data, widthPx: size.widthPx, heightPx: size.heightPx };
}

interface PixelBox {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
}

function cellBox(cell: number, grid: { rows: Int32Array; columns: Int32Array; cells: number }): PixelBox {
  const row = Math.floor(cell / grid.cells);
  const column = cell % grid.cells;
  return {
    x0: grid.columns[column] ?? 0,
    x1: grid.columns[column + 1] ?? 0,
    y0: grid.rows[row] ?? 0,
    y1: grid.rows[row + 1] ?? 0,
  };
}

function boxSum(map: FloatMap, { x0, x1, y0, y1 }: PixelBox): number {
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) sum += map.data[y * map.widthPx + x] as number;
  }
  return sum;
}
