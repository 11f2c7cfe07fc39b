import type { DataRandom } from '../../random.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { drawSplat } from '../draw/splat.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { Eye } from './eye.js';
import type { FundusStyle } from './fundus-style.js';

/** Lesions of the retina by what they do to light: blood takes it, fat and swollen fibres give it back. */
export interface FundusLesions {
  readonly blood: Plane;
  readonly yellow: Plane;
  readonly white: Plane;
  readonly scar: Plane;
}

/** Draws dots and blots of blood, hard exudates in clusters, cotton wool spots, drusen and laser scars. */
export function drawLesions(size: DrawingSize, eye: Eye, style: FundusStyle, random: DataRandom): FundusLesions {
  // Most retinas lack most kinds of lesions: those share a plane without any.
  const none = createPlane(size);
  const planes = { blood: none, yellow: none, white: none, scar: none };
  const scatter = (name: string, count: number, spot: Spot, near?: () => Point): void => {
    const own = random.fork(name);
    for (let i = 0; i < Math.round(count); i++) {
      const place = near?.() ?? placeInField(eye, own);
      const center = { x: place.x * size.unitPx, y: place.y * size.unitPx };
      const radius = own.between(spot.radius[0], spot.radius[1]) * size.unitPx;
      const strength = own.between(spot.strength[0], spot.strength[1]);
      if (planes[spot.plane] === none) planes[spot.plane] = createPlane(size);
      drawSplat(planes[spot.plane], { center, radius, softness: spot.softness, strength }, own);
    }
  };
  scatter('dots', style.microaneurysms, { plane: 'blood', radius: [0.7, 1.4], strength: [0.5, 1], softness: 0.6 });
  scatter('blots', style.haemorrhages, { plane: 'blood', radius: [1.8, 5.5], strength: [0.6, 1.1], softness: 0.4 });
  const cluster = createClusters(eye, random.fork('clusters'));
  const fat: Spot = { plane: 'yellow', radius: [0.7, 2.2], strength: [0.5, 1], softness: 0.35 };
  scatter('exudates', style.exudates, fat, cluster);
  const drusen: Spot = { plane: 'yellow', radius: [1, 2.6], strength: [0.2, 0.55], softness: 0.9 };
  scatter('drusen', style.drusen, drusen, nearMacula(eye, random.fork('near')));
  scatter('wool', style.cottonWool, { plane: 'white', radius: [4, 8], strength: [0.4, 0.8], softness: 1 });
  scatter('scars', style.laserScars, { plane: 'scar', radius: [1.6, 3.2], strength: [0.5, 1], softness: 0.4 });
  const rim = atDiscRim(eye, random.fork('rim'));
  scatter(
    'splinter',
    style.discHaemorrhages,
    { plane: 'blood', radius: [1, 2], strength: [0.7, 1], softness: 0.5 },
    rim,
  );
  return planes;
}

interface Spot {
  readonly plane: keyof FundusLesions;
  readonly radius: readonly [number, number];
  readonly strength: readonly [number, number];
  readonly softness: number;
}

function placeInField({ field, fieldRadius }: Eye, random: DataRandom): Point {
  const angle = random.between(0, 2 * Math.PI);
  const reach = fieldRadius * 0.95 * Math.sqrt(random.uniform());
  return { x: field.x + reach * Math.cos(angle), y: field.y + reach * Math.sin(angle) };
}

/** Exudates lie in a few clusters, often as a ring. */
function createClusters(eye: Eye, random: DataRandom): () => Point {
  const centers = Array.from({ length: 1 + random.int(4) }, () => ({
    ...placeInField(eye, random),
    radius: random.between(4, 13),
  }));
  return () => {
    const { x, y, radius } = centers[random.int(centers.length)] as Point & { radius: number };
    const angle = random.between(0, 2 * Math.PI);
    const reach = radius * random.between(0.4, 1.1);
    return { x: x + reach * Math.cos(angle), y: y + reach * Math.sin(angle) };
  };
}

function nearMacula({ macula, discRadius }: Eye, random: DataRandom): () => Point {
  return () => ({
    x: macula.x + 1.3 * discRadius * random.normal(),
    y: macula.y + 1.3 * discRadius * random.normal(),
  });
}

function atDiscRim({ disc, discRadius }: Eye, random: DataRandom): () => Point {
  return () => {
    const angle = random.between(0, 2 * Math.PI);
    return { x: disc.x + 1.05 * discRadius * Math.cos(angle), y: disc.y + 1.05 * discRadius * Math.sin(angle) };
  };
}
