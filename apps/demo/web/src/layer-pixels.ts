import type { EvidenceView } from '../../server/api-types.js';

const MASK_COLOUR = [0, 229, 160] as const;
const FILL_ALPHA = 90;

/** A mask (white inside) as a tint with a solid border. */
export function maskPixels(mask: ImageData): ImageData {
  const { width, height, data } = mask;
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && (data[(y * width + x) * 4] ?? 0) > 127;
  const reach = Math.max(1, Math.round(Math.max(width, height) / 300));
  const out = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inside(x, y)) continue;
      const deep = inside(x - reach, y) && inside(x + reach, y) && inside(x, y - reach) && inside(x, y + reach);
      out.data.set([...MASK_COLOUR, deep ? FILL_ALPHA : 255], (y * width + x) * 4);
    }
  }
  return out;
}

const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** A similarity map as RGBA pixels on a dark-blue to yellow scale; a constant map is all dark. */
export function heatPixels(values: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const pixels = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => {
    const position = range > 0 ? ((value - low) / range) * (STOPS.length - 1) : 0;
    const lower = Math.min(STOPS.length - 2, Math.floor(position));
    const [a, b] = [STOPS[lower] ?? STOPS[0], STOPS[lower + 1] ?? STOPS[4]];
    const colour = [0, 1, 2].map((c) => (a[c] ?? 0) * (1 - position + lower) + (b[c] ?? 0) * (position - lower));
    pixels.set([...colour, 200], i * 4);
  });
  return pixels;
}

type Box = readonly [x: number, y: number, width: number, height: number];

/** Boxes of the chosen cells in a square canvas of `side` that is stretched over the image. */
export function cellBoxes({ cells, contentWidth, contentHeight }: EvidenceView, side: number): Box[] {
  if (!cells) return [];
  const overImage = cells.over === 'content';
  const width = side / (cells.gridCells * (overImage ? 1 : contentWidth));
  const height = side / (cells.gridCells * (overImage ? 1 : contentHeight));
  return cells.chosen.map((cell) => {
    const [row, column] = [Math.floor(cell / cells.gridCells), cell % cells.gridCells];
    return [column * width, row * height, width, height];
  });
}
