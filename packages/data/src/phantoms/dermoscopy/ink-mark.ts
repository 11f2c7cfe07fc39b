import type { DataRandom } from '../../random.js';
import { createNoise, fractal } from '../draw/noise.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { curvePoints, drawStroke } from '../draw/strokes.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';

/** A mark of a surgical pen: cover 0..1 a pixel, and how much of each colour the ink lets through. */
export interface InkMark {
  readonly cover: Plane;
  readonly tint: readonly [red: number, green: number, blue: number];
}

const TINTS: readonly (readonly [number, number, number])[] = [
  [0.42, 0.22, 0.62],
  [0.3, 0.2, 0.55],
  [0.2, 0.3, 0.68],
  [0.16, 0.2, 0.38],
];

/**
 * Draws a pen mark of some strokes that keeps clear of `avoid` where it can.
 * @param avoid centre and radius in pixels, or null
 */
export function drawInkMark(
  size: DrawingSize,
  avoid: { readonly x: number; readonly y: number; readonly radius: number } | null,
  random: DataRandom,
): InkMark {
  const cover = createPlane(size);
  const lengthPx = random.between(26, 62) * size.unitPx;
  const start = placeMark(size, { avoid, lengthPx }, random.fork('place'));
  const widthPx = random.between(7, 13) * size.unitPx;
  for (const stroke of markStrokes(start, lengthPx, random.fork('strokes'))) drawStroke(cover, stroke, widthPx);
  roughen(cover, size.unitPx, random.fork('rough'));
  return { cover, tint: TINTS[random.int(TINTS.length)] as InkMark['tint'] };
}

function placeMark(
  { widthPx, heightPx }: DrawingSize,
  { avoid, lengthPx }: { avoid: { x: number; y: number; radius: number } | null; lengthPx: number },
  random: DataRandom,
): Point {
  const draw = (): Point => ({ x: random.between(0.1, 0.9) * widthPx, y: random.between(0.1, 0.9) * heightPx });
  let best = draw();
  if (avoid === null) return best;
  const clearance = (point: Point): number => Math.hypot(point.x - avoid.x, point.y - avoid.y) - avoid.radius;
  for (let i = 0; i < 12 && clearance(best) < 0.7 * lengthPx; i++) {
    const next = draw();
    if (clearance(next) > clearance(best)) best = next;
  }
  return best;
}

function markStrokes(center: Point, lengthPx: number, random: DataRandom): Point[][] {
  const angle = random.between(0, Math.PI);
  const line = (turn: number, bend: number, scale = 1): Point[] => {
    const dx = (Math.cos(angle + turn) * lengthPx * scale) / 2;
    const dy = (Math.sin(angle + turn) * lengthPx * scale) / 2;
    const middle = { x: center.x - dy * bend, y: center.y + dx * bend };
    return curvePoints({ x: center.x - dx, y: center.y - dy }, middle, { x: center.x + dx, y: center.y + dy });
  };
  const kind = random.int(4);
  if (kind === 0) return [line(0, random.between(-0.3, 0.3)), line(Math.PI / 2, random.between(-0.3, 0.3), 0.8)];
  if (kind === 1) return [line(0, random.between(0.8, 1.4))];
  if (kind === 2) return [line(0, random.between(-1.2, -0.6)), line(0.5, random.between(0.5, 1))];
  return [line(0, random.between(-0.4, 0.4))];
}

/** Ink on skin is uneven: noise eats into the edge and thins the inside. */
function roughen(cover: Plane, unitPx: number, random: DataRandom): void {
  const noise = fractal(createNoise(random), 3);
  for (let i = 0; i < cover.data.length; i++) {
    const value = cover.data[i] as number;
    if (value === 0) continue;
    const x = (i % cover.widthPx) / unitPx;
    const y = Math.floor(i / cover.widthPx) / unitPx;
    cover.data[i] = Math.min(1, Math.max(0, value * (0.86 + 0.3 * noise(x / 6, y / 6))));
  }
}
