import type { DataRandom } from '../../random.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';

/** Where things lie in the picture of an eye's background; drawing units. */
export interface Eye {
  /** Centre and radius of the camera's round field. */
  readonly field: Point;
  readonly fieldRadius: number;
  readonly disc: Point;
  readonly discRadius: number;
  readonly macula: Point;
  /** Direction in which the macula lies from the disc: right or left. */
  readonly temporal: 1 | -1;
}

export type EyeView = 'macula' | 'disc' | 'away';

/**
 * Draws the geometry of a view. The macula lies about 2.5 disc diameters temporal of the disc and slightly below, as in
 * every eye; `away` looks so far to the side that the disc is outside of the picture.
 */
export function drawEye({ widthPx, heightPx, unitPx }: DrawingSize, view: EyeView, random: DataRandom): Eye {
  const [width, height] = [widthPx / unitPx, heightPx / unitPx];
  const whole = random.chance(0.55);
  const fieldRadius = (whole ? Math.min(width, height) / 2 : width / 2) * random.between(0.92, 1);
  const field = { x: width / 2 + random.between(-4, 4), y: height / 2 + random.between(-4, 4) };
  const temporal = random.chance(0.5) ? 1 : -1;
  const discRadius = fieldRadius * (view === 'disc' ? random.between(0.15, 0.21) : random.between(0.1, 0.14));
  const gap = discRadius * random.between(4.6, 5.6);
  const aside = { macula: 0.5 * gap + fieldRadius * random.between(0.08, 0.2), disc: random.between(-10, 10), away: 0 };
  const out = view === 'away' ? fieldRadius * random.between(1.16, 1.4) : aside[view];
  const disc = { x: field.x - temporal * out, y: field.y + random.between(-0.12, 0.12) * fieldRadius };
  const macula = { x: disc.x + temporal * gap, y: disc.y + random.between(0.05, 0.35) * discRadius * 2 };
  return { field, fieldRadius, disc, discRadius, macula, temporal };
}
