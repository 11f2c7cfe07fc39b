import type { MedicalImage } from '@sim4seg/core';

/** What is kept of a picture to find it again: few bytes, whatever its size. */
export interface Thumbprint {
  /** A byte a row: in a grid of 9 x 8, whether each cell is brighter than its right neighbour. */
  readonly bands: Uint8Array;
  /** int8[24 * 24]; brightness about its mean in steps of an eighth of its spread */
  readonly thumbnail: Int8Array;
}

const GRID = 24;
const STEPS_PER_SPREAD = 8;

/** Correlation above which two thumbnails show one picture, recompressed, resized or brightened. */
const SAME_PICTURE = 0.992;

/** Prints a picture in its original frame. Does not see through turning, mirroring or cropping. */
export function thumbprintOf(image: MedicalImage): Thumbprint {
  return { bands: bandsOf(averageGrid(image, 9, 8)), thumbnail: standardise(averageGrid(image, GRID, GRID)) };
}

/** Tells whether two prints come from one picture. */
export function isNear(a: Thumbprint, b: Thumbprint): boolean {
  let [both, left, right] = [0, 0, 0];
  for (let i = 0; i < GRID * GRID; i++) {
    const [u, v] = [a.thumbnail[i] as number, b.thumbnail[i] as number];
    both += u * v;
    left += u * u;
    right += v * v;
  }
  if (left === 0 || right === 0) return left === right;
  return both / Math.sqrt(left * right) >= SAME_PICTURE;
}

function bandsOf(grid: Float64Array): Uint8Array {
  const bands = new Uint8Array(8);
  for (let i = 0; i < 64; i++) {
    const at = (i >> 3) * 9 + (i & 7);
    if ((grid[at] as number) > (grid[at + 1] as number)) bands[i >> 3] = (bands[i >> 3] as number) | (1 << (i & 7));
  }
  return bands;
}

function standardise(grid: Float64Array): Int8Array {
  const mean = grid.reduce((sum, value) => sum + value, 0) / grid.length;
  const spread = Math.sqrt(grid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grid.length);
  const scale = spread < 1e-6 ? 0 : STEPS_PER_SPREAD / spread;
  return Int8Array.from(grid, (value) => Math.max(-127, Math.min(127, Math.round((value - mean) * scale))));
}

/** Mean brightness of equal cells. */
function averageGrid({ data, widthPx, heightPx, channels }: MedicalImage, columns: number, rows: number): Float64Array {
  const sums = new Float64Array(columns * rows);
  const counts = new Float64Array(columns * rows);
  for (let y = 0; y < heightPx; y++) {
    const row = Math.floor((y * rows) / heightPx) * columns;
    for (let x = 0; x < widthPx; x++) {
      const cell = row + Math.floor((x * columns) / widthPx);
      const at = (y * widthPx + x) * channels;
      for (let c = 0; c < channels; c++) sums[cell] = (sums[cell] as number) + (data[at + c] as number);
      counts[cell] = (counts[cell] as number) + channels;
    }
  }
  return sums.map((sum, i) => sum / Math.max(1, counts[i] as number));
}
