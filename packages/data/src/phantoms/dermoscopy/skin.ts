import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { sampleField } from '../draw/field.js';
import { grainLine } from '../draw/grain.js';
import { createNoise, fractal, smoothStep } from '../draw/noise.js';
import type { Noise } from '../draw/noise.js';
import type { Plane } from '../draw/plane.js';
import type { DrawingSize } from '../phantom.js';

/** Skin without lesion: its colour and the pigment of its own mottling in every pixel. */
export interface Skin {
  readonly colour: readonly [red: number, green: number, blue: number];
  readonly brown: Plane;
  readonly red: Plane;
}

/** Typical colours of skin under a dermatoscope: pink, pale, tan, brown, and under bluish light. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [0.9, 0.68, 0.65],
  [0.92, 0.74, 0.7],
  [0.9, 0.82, 0.76],
  [0.95, 0.88, 0.84],
  [0.82, 0.66, 0.52],
  [0.9, 0.66, 0.46],
  [0.68, 0.5, 0.4],
  [0.76, 0.72, 0.82],
];

/** Creates a patch of skin with mottling, blotches of redness, faint furrows and sometimes freckles. */
export function createSkin(size: DrawingSize, random: DataRandom): Skin {
  const base = pick(COLOURS, random);
  const jitter = (value: number): number => Math.min(0.97, value * random.between(0.97, 1.03));
  const broad = fractal(createNoise(random.fork('broad')), 3);
  const flush = fractal(createNoise(random.fork('flush')), 3);
  const style = drawStyle(random);
  const cos = Math.cos(style.angle) / 60;
  const sin = Math.sin(style.angle) / 60;
  const brown = sampleField(size, 5, (x, y) => 0.135 + 0.11 * broad(x / 70, y / 70));
  addMarks(brown, sampleField(size, 1.8, createMarks(style, random)), random.fork('fine'));
  const red = sampleField(
    size,
    5,
    (x, y) => style.flush * smoothStep(-1, 1.2, flush(cos * x + sin * y, cos * y - sin * x)),
  );
  return { colour: [jitter(base[0]), jitter(base[1]), jitter(base[2])], brown, red };
}

/** Furrows that run in one direction, and freckles. */
function createMarks(style: SkinStyle, random: DataRandom): Noise {
  const furrow = createNoise(random.fork('furrow'));
  const freckle = fractal(createNoise(random.fork('freckle')), 2);
  const cos = Math.cos(style.angle);
  const sin = Math.sin(style.angle);
  return (x, y) => {
    const along = cos * x + sin * y;
    const across = cos * y - sin * x;
    const line = Math.max(0, 1 - 3.2 * Math.abs(furrow(along / 16, across / 4.5)));
    const spots = style.freckles > 0 ? style.freckles * smoothStep(0.55, 1.25, freckle(along / 8, across / 8)) : 0;
    return style.furrows * line * line + spots;
  };
}

/** Adds furrows, freckles and the fine grain of skin. */
function addMarks({ data, widthPx }: Plane, { data: marks }: Plane, random: DataRandom): void {
  for (let start = 0; start < data.length; start += widthPx) {
    const fine = grainLine(widthPx, random);
    for (let x = 0; x < widthPx; x++) {
      const i = start + x;
      data[i] = (data[i] as number) + (marks[i] as number) + 0.012 * (fine[x] as number);
    }
  }
}

interface SkinStyle {
  readonly angle: number;
  readonly furrows: number;
  readonly freckles: number;
  readonly flush: number;
}

function drawStyle(random: DataRandom): SkinStyle {
  return {
    angle: random.between(0, Math.PI),
    furrows: random.between(0, 0.09),
    freckles: random.chance(0.25) ? random.between(0.1, 0.4) : 0,
    flush: random.between(0.02, 0.45),
  };
}
