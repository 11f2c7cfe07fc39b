import type { PlaneSize } from './plane.js';
import type { Point } from './strokes.js';

/** Marks the pixels whose centre lies inside a closed polygon (pixels, even-odd rule). uint8[height, width]; 0 or 1 */
export function fillPolygon(bits: Uint8Array, { widthPx, heightPx }: PlaneSize, corners: readonly Point[]): void {
  for (let y = 0; y < heightPx; y++) {
    const crossings = crossingsAt(corners, y + 0.5);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const from = Math.max(0, Math.ceil((crossings[k] as number) - 0.5));
      const to = Math.min(widthPx - 1, Math.floor((crossings[k + 1] as number) - 0.5));
      if (to >= from) bits.fill(1, y * widthPx + from, y * widthPx + to + 1);
    }
  }
}

function crossingsAt(corners: readonly Point[], y: number): number[] {
  const found: number[] = [];
  corners.forEach((a, i) => {
    const b = corners[(i + 1) % corners.length] as Point;
    if (a.y <= y === b.y <= y) return;
    found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  });
  return found.sort((a, b) => a - b);
}
