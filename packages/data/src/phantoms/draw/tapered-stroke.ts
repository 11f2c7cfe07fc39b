import type { Plane } from './plane.js';
import type { Point } from './strokes.js';

/** A straight piece of a line whose width changes along it. In pixels. */
export interface TaperedPiece {
  readonly from: Point;
  readonly to: Point;
  readonly fromWidth: number;
  readonly toWidth: number;
}

/** How a piece is drawn. */
export interface TaperedInk {
  readonly strength: number;
  /** Also marks pixels of the piece, as if it were at least `leastWidth` wide. uint8[height, width]; 0 or 1 */
  readonly mark?: { readonly bits: Uint8Array; readonly leastWidth: number };
}

/** Draws an antialiased piece; overlapping pieces keep the stronger value, lines under a pixel grow faint. */
export function drawTaperedPiece(plane: Plane, piece: TaperedPiece, { strength, mark }: TaperedInk): void {
  const { from, to, fromWidth, toWidth } = piece;
  const leastHalf = (mark?.leastWidth ?? 0) / 2;
  const reach = Math.max(fromWidth, toWidth) / 2 + 1;
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const right = Math.min(plane.widthPx, Math.ceil(Math.max(from.x, to.x) + reach));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = Math.min(plane.heightPx, Math.ceil(Math.max(from.y, to.y) + reach));
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const inverse = 1 / Math.max(1e-6, dx * dx + dy * dy);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const px = x + 0.5 - from.x;
      const py = y + 0.5 - from.y;
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) * inverse));
      const ox = px - t * dx;
      const oy = py - t * dy;
      const width = fromWidth + t * (toWidth - fromWidth);
      const distance = Math.sqrt(ox * ox + oy * oy);
      const cover = width / 2 + 0.5 - distance;
      const i = y * plane.widthPx + x;
      if (mark !== undefined && distance < Math.max(leastHalf, width / 2)) mark.bits[i] = 1;
      if (cover <= 0) continue;
      const value = strength * Math.min(1, cover, width);
      if (value > (plane.data[i] as number)) plane.data[i] = value;
    }
  }
}
