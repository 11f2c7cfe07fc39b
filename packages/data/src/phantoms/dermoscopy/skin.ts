import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { createNoise, fractal, smoothStep } from '../draw/noise.js';
import type { Pigment } from './pigment.js';

/** Skin without lesion: its colour and the pigment of its own mottling. */
export interface Skin {
  readonly colour: readonly [red: number, green: number, blue: number];
  addPigment(x: number, y: number, pigment: Pigment): void;
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
export function createSkin(random: DataRandom): Skin {
  const base = pick(COLOURS, random);
  const jitter = (value: number): number => Math.min(0.97, value * random.between(0.97, 1.03));
  const broad = fractal(createNoise(random.fork('broad')), 3);
  const flush = fractal(createNoise(random.fork('flush')), 3);
  const furrow = createNoise(random.fork('furrow'));
  const freckle = fractal(createNoise(random.fork('freckle')), 2);
  const fine = createNoise(random.fork('fine'));
  const style = drawStyle(random);
  const cos = Math.cos(style.angle);
  const sin = Math.sin(style.angle);
  return {
    colour: [jitter(base[0]), jitter(base[1]), jitter(base[2])],
    addPigment(x, y, pigment) {
      const u = cos * x + sin * y;
      const v = cos * y - sin * x;
      const lines = Math.max(0, 1 - 3.2 * Math.abs(furrow(u / 16, v / 4.5))) ** 2;
      pigment.brown += 0.11 * (1 + broad(x / 70, y / 70)) + 0.025 * (1 + fine(x / 1.7, y / 1.7));
      pigment.brown += style.furrows * lines + style.freckles * smoothStep(0.55, 1.25, freckle(u / 8, v / 8));
      pigment.red += style.flush * smoothStep(-1, 1.2, flush(u / 60, v / 60));
    },
  };
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
