import type { DataRandom } from '../../random.js';
import { sampleField } from '../draw/field.js';
import { createNoise, fractal } from '../draw/noise.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import type { DrawingSize } from '../phantom.js';
import type { Eye } from './eye.js';
import type { FundusStyle } from './fundus-style.js';

/** Uneven light of the flash: fades towards the rim and to one side, often with a hazy crescent. About 0.3..1.2. */
export function drawLight(size: DrawingSize, { field, fieldRadius }: Eye, random: DataRandom): Plane {
  const angle = random.between(0, 2 * Math.PI);
  const tilt = random.between(0, 0.32);
  const fall = random.between(0.12, 0.62);
  const patches = fractal(createNoise(random.fork('patches')), 2);
  const uneven = random.between(0.03, 0.14);
  return sampleField(size, 6, (x, y) => {
    const dx = (x - field.x) / fieldRadius;
    const dy = (y - field.y) / fieldRadius;
    const along = Math.cos(angle) * dx + Math.sin(angle) * dy;
    return 1.04 - fall * (dx * dx + dy * dy) ** 1.3 - tilt * along + uneven * patches(x / 55, y / 55);
  });
}

/** Dark pigment of the retina's ground: mottling, the macula, streaks of the choroid, lost nerve fibres. About 0..1.5. */
export function drawGround(size: DrawingSize, eye: Eye, style: FundusStyle, random: DataRandom): Plane {
  const mottle = fractal(createNoise(random.fork('mottle')), 3);
  const streaks = fractal(createNoise(random.fork('streaks')), 2);
  const bend = createNoise(random.fork('bend'));
  const mottling = random.between(0.05, 0.17);
  const macula = random.between(0.35, 0.95);
  const wedge = createWedge(eye, style, random.fork('wedge'));
  const reach = 1 / (eye.discRadius * random.between(1, 1.45)) ** 2;
  return sampleField(size, 3, (x, y) => {
    const mx = x - eye.macula.x;
    const my = y - eye.macula.y;
    const spot = macula * Math.exp(-(mx * mx + my * my) * reach);
    const u = x + 14 * bend(x / 40, y / 40);
    const ridge = Math.max(0, 1 - 3.2 * Math.abs(streaks(u / 13, (y + 0.5 * u) / 30)));
    const quiet = 1 - Math.exp(-(mx * mx + my * my) * reach * 0.25);
    return 0.12 + mottling * mottle(x / 16, y / 16) + spot + 0.5 * style.choroid * ridge * quiet + wedge(x, y);
  });
}

function createWedge({ disc, discRadius, temporal }: Eye, style: FundusStyle, random: DataRandom) {
  if (style.wedge === 0) return () => 0;
  const angle = (random.chance(0.5) ? 1 : -1) * random.between(0.5, 1.1);
  const half = random.between(0.1, 0.24);
  return (x: number, y: number): number => {
    const distance = Math.hypot(x - disc.x, y - disc.y) / discRadius;
    const off = Math.abs(Math.atan2(y - disc.y, temporal * (x - disc.x)) - angle * Math.exp(-distance * 0.08));
    return (
      style.wedge * Math.min(1, Math.max(0, distance - 1)) * Math.exp(-distance / 6) * Math.exp(-((off / half) ** 4))
    );
  };
}

/** 1 in the camera's round field, 0 outside, with the small notch that many cameras leave at the rim. */
export function drawFieldOfView({ widthPx, heightPx, unitPx }: DrawingSize, eye: Eye, random: DataRandom): Plane {
  const plane = createPlane({ widthPx, heightPx });
  const notch = random.chance(0.5) ? random.between(-1.1, -0.5) : null;
  const [cx, cy, radius] = [eye.field.x * unitPx, eye.field.y * unitPx, eye.fieldRadius * unitPx];
  const side = random.chance(0.5) ? 1 : -1;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const dx = x + 0.5 - cx;
      const dy = y + 0.5 - cy;
      let inside = radius - Math.sqrt(dx * dx + dy * dy);
      if (notch !== null && inside < 1 && inside > -8) {
        const [nx, ny] = [cx + side * radius * Math.cos(notch), cy + radius * Math.sin(notch)];
        inside = Math.max(inside, 5 * unitPx - Math.hypot(x - nx, y - ny));
      }
      plane.data[y * widthPx + x] = Math.min(1, Math.max(0, inside * 0.6 + 0.5));
    }
  }
  return plane;
}
