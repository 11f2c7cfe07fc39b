import type { DataRandom } from '../../random.js';
import type { Plane } from './plane.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * Draws an antialiased line through points; overlapping lines keep the stronger value.
 * @param points in pixels
 */
export function drawStroke(plane: Plane, points: readonly Point[], widthPx: number, strength = 1): void {
  for (let i = 1; i < points.length; i++) {
    drawSegment(plane, points[i - 1] as Point, points[i] as Point, { widthPx, strength });
  }
}

/** Points along a quadratic Bezier curve. */
export function curvePoints(from: Point, bend: Point, to: Point, count = 16): Point[] {
  return Array.from({ length: count + 1 }, (_, i) => {
    const t = i / count;
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return { x: a * from.x + b * bend.x + c * to.x, y: a * from.y + b * bend.y + c * to.y };
  });
}

/** A curved line of about the given length that starts at `from`. */
export function randomCurve(from: Point, lengthPx: number, random: DataRandom): Point[] {
  const angle = random.between(0, 2 * Math.PI);
  const to = { x: from.x + lengthPx * Math.cos(angle), y: from.y + lengthPx * Math.sin(angle) };
  const side = random.between(-0.4, 0.4) * lengthPx;
  const bend = {
    x: (from.x + to.x) / 2 - side * Math.sin(angle),
    y: (from.y + to.y) / 2 + side * Math.cos(angle),
  };
  return curvePoints(from, bend, to);
}

function drawSegment(
  plane: Plane,
  a: Point,
  b: Point,
  { widthPx, strength }: { widthPx: number; strength: number },
): void {
  const reach = widthPx / 2 + 1;
  const [left, right] = span(a.x, b.x, reach, plane.widthPx);
  const [top, bottom] = span(a.y, b.y, reach, plane.heightPx);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const cover = widthPx / 2 + 0.5 - distanceToSegment(x + 0.5, y + 0.5, a, b);
      if (cover <= 0) continue;
      const at = y * plane.widthPx + x;
      plane.data[at] = Math.max(plane.data[at] as number, strength * Math.min(1, cover));
    }
  }
}

function span(a: number, b: number, reach: number, limit: number): [number, number] {
  return [Math.max(0, Math.floor(Math.min(a, b) - reach)), Math.min(limit, Math.ceil(Math.max(a, b) + reach))];
}

function distanceToSegment(x: number, y: number, a: Point, b: Point): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length2 = dx * dx + dy * dy;
  const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / length2));
  return Math.sqrt((x - a.x - t * dx) ** 2 + (y - a.y - t * dy) ** 2);
}
