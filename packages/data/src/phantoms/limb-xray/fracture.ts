import type { DataRandom } from '../../random.js';
import { createNoise } from '../draw/noise.js';
import type { Point } from '../draw/strokes.js';

/** A break of a bone in the bone's own frame: along it from its start, across it from its axis; drawing units. */
export interface Fracture {
  readonly along: number;
  /** The bone's radius there. */
  readonly radius: number;
  /** Where the line crosses at a distance from the axis. */
  lineAt(across: number): number;
  /** Half width of the dark gap, and its depth; a negative depth is a bright band of bone driven into bone. */
  readonly gap: number;
  readonly depth: number;
  /** The part beyond the line: moved across, and tilted. */
  readonly step: number;
  readonly tilt: number;
}

/** Draws a break: transverse or oblique, jagged; open, shifted, or driven together. Many are hairlines. */
export function drawFracture(along: number, radius: number, random: DataRandom): Fracture {
  const jag = createNoise(random.fork('jag'));
  const slope = random.chance(0.45) ? random.between(-1.1, 1.1) : random.between(-0.3, 0.3);
  const rough = radius * random.between(0.08, 0.3);
  const driven = random.chance(0.2);
  const shifted = random.chance(0.6) ? 1 : 0.15;
  return {
    along,
    radius,
    lineAt: (across) => along + slope * across + rough * jag(across / (0.35 * radius), 1),
    gap: driven ? radius * random.between(0.1, 0.2) : Math.max(0.55, radius * random.between(0.05, 0.16)),
    depth: driven ? -random.between(0.15, 0.5) : random.between(0.3, 0.9),
    step: shifted * radius * random.between(-0.6, 0.6),
    tilt: shifted * random.between(-0.28, 0.28),
  };
}

/**
 * A coarse outline of the broken place with four corners, in the bone's frame: what the data sets hold instead of the
 * line itself.
 */
export function fractureRegion({ along, radius, step }: Fracture, random: DataRandom): Point[] {
  const reach = radius * random.between(0.9, 1.5) + 3;
  const side = radius * random.between(1, 1.35) + 2;
  const corner = (u: number, v: number): Point => ({
    x: step / 2 + u * side * random.between(0.85, 1.15),
    y: along + v * reach * random.between(0.8, 1.2),
  });
  return [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)];
}
