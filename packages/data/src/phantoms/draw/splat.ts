import type { DataRandom } from '../../random.js';
import type { Plane } from './plane.js';
import type { Point } from './strokes.js';

/** A small irregular spot; lengths in pixels. */
export interface Splat {
  readonly center: Point;
  readonly radius: number;
  /** Width of its edge as a share of the radius. */
  readonly softness: number;
  readonly strength: number;
}

/** Draws a spot with two or three uneven lobes; overlapping spots keep the stronger value. */
export function drawSplat(plane: Plane, { center, radius, softness, strength }: Splat, random: DataRandom): void {
  const [phase2, phase3] = [random.between(0, 6.3), random.between(0, 6.3)];
  const reach = radius * (1.4 + softness) + 1;
  const left = Math.max(0, Math.floor(center.x - reach));
  const right = Math.min(plane.widthPx, Math.ceil(center.x + reach));
  const top = Math.max(0, Math.floor(center.y - reach));
  const bottom = Math.min(plane.heightPx, Math.ceil(center.y + reach));
  const edge = Math.max(1, radius * softness);
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const dx = x + 0.5 - center.x;
      const dy = y + 0.5 - center.y;
      const theta = Math.atan2(dy, dx);
      const outline = radius * (1 + 0.2 * Math.cos(2 * theta + phase2) + 0.14 * Math.cos(3 * theta + phase3));
      const cover = Math.min(1, Math.max(0, (outline - Math.sqrt(dx * dx + dy * dy)) / edge + 0.5));
      const i = y * plane.widthPx + x;
      if (strength * cover > (plane.data[i] as number)) plane.data[i] = strength * cover;
    }
  }
}
