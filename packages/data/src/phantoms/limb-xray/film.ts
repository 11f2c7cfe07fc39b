import type { DataRandom } from '../../random.js';
import { grainLine } from '../draw/grain.js';
import { blurPlane, createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { drawStroke } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { Picture } from '../../picture.js';

export interface Exposure {
  /** Paths through flesh and bone, and the cover of metal. */
  readonly flesh: Plane;
  readonly bone: Plane;
  readonly metal: Plane | null;
}

/** Develops the film: bright where little comes through, scatter, grain, the collimator's edge and a side letter. */
export function developFilm({ flesh, bone, metal }: Exposure, size: DrawingSize, random: DataRandom): Picture {
  const light = createPlane(size);
  const [fleshGain, boneGain] = [random.between(0.22, 0.6), random.between(0.06, 0.13)];
  const fog = random.between(0.01, 0.22);
  const top = random.between(0.6, 1.02);
  for (let i = 0; i < light.data.length; i++) {
    const path = fleshGain * (flesh.data[i] as number) + boneGain * (bone.data[i] as number);
    const through = fog + (top - fog) * (1 - Math.exp(-path));
    const cover = metal === null ? 0 : (metal.data[i] as number);
    light.data[i] = through + cover * 0.93 * (Math.max(0.92, top) - through);
  }
  const focus = random.between(0.35, 0.85) * size.unitPx;
  const sharp = blurPlane(light, focus, focus);
  drawMarker(sharp, size, random.fork('marker'));
  collimate(sharp, size, random.fork('collimator'));
  return expose(sharp, random.fork('grain'));
}

function expose({ data: light, widthPx, heightPx }: Plane, random: DataRandom): Picture {
  const grain = random.between(1.5, 6);
  const data = new Uint8Array(light.length);
  for (let start = 0; start < light.length; start += widthPx) {
    const line = grainLine(widthPx, random);
    for (let x = 0; x < widthPx; x++) {
      const value = 255 * (light[start + x] as number) + grain * (line[x] as number) + 0.5;
      data[start + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return { data, widthPx, heightPx, channels: 1 };
}

/** Strokes of the letters that tell left from right, in a box of 1 x 1. */
const LETTERS: readonly (readonly (readonly [number, number])[])[] = [
  [
    [0.1, 0],
    [0.1, 1],
    [0.8, 1],
  ],
  [
    [0.1, 1],
    [0.1, 0],
    [0.7, 0.05],
    [0.75, 0.45],
    [0.1, 0.5],
    [0.8, 1],
  ],
];

function drawMarker(film: Plane, size: DrawingSize, random: DataRandom): void {
  if (!random.chance(0.55)) return;
  const letter = LETTERS[random.int(2)] ?? [];
  const side = random.between(9, 20) * size.unitPx;
  const [left, top] = [random.chance(0.5) ? 0.06 : 0.84, random.between(0.05, 0.85)];
  const turn = random.between(-0.4, 0.4);
  const [cos, sin] = [Math.cos(turn) * side, Math.sin(turn) * side];
  const points = letter.map(([u, v]) => ({
    x: left * size.widthPx + cos * u - sin * v,
    y: top * size.heightPx + sin * u + cos * v,
  }));
  const ink = createPlane(size);
  drawStroke(ink, points, side * 0.16, random.between(0.7, 1));
  for (let i = 0; i < ink.data.length; i++) {
    const cover = ink.data[i] as number;
    if (cover > 0) film.data[i] = (film.data[i] as number) * (1 - cover) + 0.97 * cover;
  }
}

/** Outside of the beam the film is dark or evenly grey, with a bright line at the collimator's edge. */
function collimate(film: Plane, { widthPx, heightPx }: DrawingSize, random: DataRandom): void {
  if (random.chance(0.45)) return;
  const turn = random.between(-0.25, 0.25);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const halfX = widthPx * random.between(0.36, 0.52);
  const halfY = heightPx * random.between(0.42, 0.56);
  const outside = random.chance(0.7) ? random.between(0, 0.05) : random.between(0.2, 0.42);
  const line = random.chance(0.5) ? random.between(0.05, 0.25) : 0;
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      const dx = x - widthPx / 2;
      const dy = y - heightPx / 2;
      const out = Math.max(Math.abs(cos * dx + sin * dy) - halfX, Math.abs(cos * dy - sin * dx) - halfY);
      if (out < -3) continue;
      const i = y * widthPx + x;
      const share = Math.min(1, Math.max(0, out / 2 + 0.5));
      film.data[i] = (film.data[i] as number) * (1 - share) + outside * share + (Math.abs(out) < 1.2 ? line : 0);
    }
  }
}
