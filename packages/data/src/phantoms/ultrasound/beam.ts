import type { DataRandom } from '../../random.js';
import { createNoise, fractal } from '../draw/noise.js';
import { stretchPlane } from '../draw/field.js';
import { blurPlane, createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import type { DrawingSize } from '../phantom.js';
import type { SeenLesion } from './lesion.js';

/**
 * What the beam loses or gains on its way down, in decibels a pixel: depth gain, bands of poor contact, and the
 * shadow or brightening behind a lesion.
 */
export function drawBeam(size: DrawingSize, lesion: SeenLesion | null, random: DataRandom): Plane {
  // The beam is wide: every third pixel tells all.
  const small = shrinkSize(size, SHRINK);
  const beam = createPlane(small);
  const contact = drawContact(small, random.fork('contact'));
  const gain = drawDepthGain(random.fork('gain'));
  for (let y = 0; y < small.heightPx; y++) {
    const depthShare = y / small.heightPx;
    const loss = Math.min(1, 0.3 + 1.4 * depthShare);
    for (let x = 0; x < small.widthPx; x++) {
      beam.data[y * small.widthPx + x] = gain(depthShare) + (contact[x] as number) * loss;
    }
  }
  if (lesion !== null) addBehind(beam, lesion, size);
  return stretchPlane(blurPlane(beam, 2.5 * small.unitPx, 1.2 * small.unitPx), size);
}

const SHRINK = 3;

function shrinkSize({ widthPx, heightPx, unitPx }: DrawingSize, times: number): DrawingSize {
  return { widthPx: Math.ceil(widthPx / times), heightPx: Math.ceil(heightPx / times), unitPx: unitPx / times };
}

function drawDepthGain(random: DataRandom): (depthShare: number) => number {
  const tilt = random.between(-16, 2);
  const hump = random.between(-4, 6);
  const fall = random.between(0, 20);
  return (d) => tilt * d + hump * Math.sin(Math.PI * d) - fall * Math.max(0, d - 0.7) * 3.3;
}

/** Each column's coupling: mostly even, with some dark bands of poor contact or dense tissue. */
function drawContact({ widthPx, unitPx }: DrawingSize, random: DataRandom): Float32Array {
  const noise = fractal(createNoise(random), 3);
  const bands = Array.from({ length: random.int(4) }, () => ({
    center: random.between(0, widthPx),
    half: random.between(5, 22) * unitPx,
    depth: random.between(3, 15),
  }));
  return Float32Array.from({ length: widthPx }, (_, x) => {
    let loss = 1.8 * noise(x / (18 * unitPx), 2);
    for (const { center, half, depth } of bands) loss -= depth * Math.exp(-(((x - center) / half) ** 2));
    return loss;
  });
}

function addBehind(beam: Plane, { style, levels }: SeenLesion, { unitPx }: DrawingSize): void {
  const full = (1.2 * style.radius * unitPx) / SHRINK;
  for (let x = 0; x < beam.widthPx; x++) {
    let crossed = 0;
    let grazed = 0;
    for (let y = 0; y < beam.heightPx; y++) {
      const at = levels.data[SHRINK * (y * levels.widthPx + x)] as number;
      if (at < 1) crossed++;
      else if (at < 1.12) grazed++;
      const along = Math.min(1, crossed / full);
      const edge = crossed < 0.3 * full ? Math.min(1, grazed / (0.4 * full)) : 0;
      const i = y * beam.widthPx + x;
      beam.data[i] = (beam.data[i] as number) + (at < 1 ? 0.35 : 1) * style.behind * along - style.edgeShadow * edge;
    }
  }
}
