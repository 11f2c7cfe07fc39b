import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { coarse } from '../draw/coarse.js';
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
  const wide = fractal(createNoise(random.fork('broad')), 3);
  const broad = coarse((x, y) => wide(x / 70, y / 70), 5);
  const blush = fractal(createNoise(random.fork('flush')), 3);
  const furrow = createNoise(random.fork('furrow'));
  const speck = fractal(createNoise(random.fork('freckle')), 2);
  const fine = createNoise(random.fork('fine'));
  const style = drawStyle(random);
  const cos = Math.cos(style.angle);
  const sin = Math.sin(style.angle);
  // Along and across the furrows.
  const turned = (x: number, y: number): [number, number] => [cos * x + sin * y, cos * y - sin * x];
  const flush = coarse((x, y) => {
    const [u, v] = turned(x, y);
    return style.flush * smoothStep(-1, 1.2, blush(u / 60, v / 60));
  }, 5);
  const marks = coarse((x, y) => {
    const [u, v] = turned(x, y);
    const lines = Math.max(0, 1 - 3.2 * Math.abs(furrow(u / 16, v / 4.5))) ** 2;
    const freckles = style.freckles > 0 ? style.freckles * smoothStep(0.55, 1.25, speck(u / 8, v / 8)) : 0;
    return style.furrows * lines + freckles;
  }, 1.5);
  return {
    colour: [jitter(base[0]), jitter(base[1]), jitter(base[2])],
    addPigment(x, y, pigment) {
      pigment.brown += 0.11 * (1 + broad(x, y)) + 0.025 * (1 + fine(x / 1.7, y / 1.7)) + marks(x, y);
      pigment.red += flush(x, y);
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
