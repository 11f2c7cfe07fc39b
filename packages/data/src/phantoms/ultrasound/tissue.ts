import type { DataRandom } from '../../random.js';
import { createCells, createNoise, fractal, smoothStep } from '../draw/noise.js';
import type { CellDistances, Noise } from '../draw/noise.js';

/** Echo strength of a place in decibels below the strongest echo. */
export type EchoMap = (x: number, y: number) => number;

/** Depths of the layers of a breast in drawing units, each with its own waviness. */
interface Layers {
  readonly skin: number;
  readonly fat: number;
  readonly gland: number;
  readonly muscle: number;
  readonly wave: Noise;
}

/**
 * Creates the breast's tissue: skin line, fat lobules with bright septa, glandular tissue with streaks, muscle.
 * @param depth height of the picture in drawing units
 */
export function createTissue(depth: number, random: DataRandom): EchoMap {
  const layers = drawLayers(depth, random.fork('layers'));
  const fat = createFat(random.fork('fat'));
  const gland = createGland(random.fork('gland'));
  const muscle = createMuscle(random.fork('muscle'));
  const mix = fractal(createNoise(random.fork('mix')), 3);
  const bands = createBands(random.fork('bands'));
  return (x, y) => {
    const bend = layers.wave(x / 80, 3) * 9 + layers.wave(x / 27, 9) * 2.5;
    const fatEnd = layers.fat + bend * 1.3 + 20 * mix(x / 48, y / 24);
    const glandEnd = layers.gland + bend + 24 * mix(x / 55 + 20, y / 30);
    const muscleStart = layers.muscle + bend * 0.8;
    if (y < layers.skin + bend * 0.15) return skinEcho(y, layers.skin + bend * 0.15);
    const inGland = smoothStep(fatEnd - 6, fatEnd + 6, y) * (1 - smoothStep(glandEnd - 9, glandEnd + 9, y));
    const inMuscle = smoothStep(muscleStart - 2, muscleStart + 2, y);
    // Most places lie in one layer: the others are not computed there.
    const inFat = inGland < 1 && inMuscle < 1 ? fat(x, y - bend) * (1 - inGland) : 0;
    const inGlandEcho = inGland > 0 && inMuscle < 1 ? gland(x, y - bend) * inGland : 0;
    const shallow = inMuscle < 1 ? inFat + inGlandEcho + bands(x, y - 0.7 * bend) : 0;
    const deep = inMuscle > 0 ? muscle(x, y, muscleStart) * inMuscle : 0;
    const fascia = 12 * Math.exp(-(((y - muscleStart) / 1.5) ** 2)) * (0.6 + 0.4 * mix(x / 15, 7));
    return shallow * (1 - inMuscle) + deep + fascia;
  };
}

/** Long fibrous bands that cross the layers at a small angle, as ligaments and interfaces do. */
function createBands(random: DataRandom): EchoMap {
  const lines = fractal(createNoise(random.fork('lines')), 3);
  const gaps = fractal(createNoise(random.fork('gaps')), 2);
  const bend = createNoise(random.fork('bend'));
  const tilt = random.between(-0.14, 0.14);
  const length = random.between(50, 95);
  const spacing = random.between(9, 18);
  const strength = random.between(6, 15);
  return (x, y) => {
    const v = y + tilt * x + 11 * bend(x / 60, y / 45);
    const line = Math.max(0, 1 - 4.2 * Math.abs(lines(x / length, v / spacing)));
    return strength * line * line * smoothStep(-0.35, 0.5, gaps(x / 40, y / 22));
  };
}

function drawLayers(depth: number, random: DataRandom): Layers {
  const fat = depth * random.between(0.1, 0.32);
  const gland = fat + depth * random.between(0.18, 0.5);
  return {
    skin: random.between(3, 8),
    fat,
    gland,
    muscle: Math.min(depth * 1.1, Math.max(gland + depth * 0.06, depth * random.between(0.62, 1.05))),
    wave: createNoise(random.fork('wave')),
  };
}

function skinEcho(y: number, skin: number): number {
  const rim = Math.min(Math.abs(y - 1.5), Math.abs(y - skin + 1));
  return -20 + 10 * Math.exp(-((rim / 1.1) ** 2));
}

function createFat(random: DataRandom): EchoMap {
  const cells = createCells(random.fork('lobules'));
  const bend = fractal(createNoise(random.fork('bend')), 2);
  const lobule = createNoise(random.fork('lobule'));
  const width = random.between(55, 105);
  const height = random.between(15, 26);
  const septum = random.between(4, 13);
  const found: CellDistances = { nearest: 0, second: 0 };
  return (x, y) => {
    const u = (x + 22 * bend(x / 34, y / 22)) / width;
    const v = (y + 13 * bend(x / 44 + 31, y / 26)) / height;
    cells(u, v, found);
    const wall = Math.exp(-(((found.second - found.nearest) / 0.1) ** 2)) * (0.55 + 0.45 * bend(x / 12, y / 12));
    return -33 + 5 * lobule(x / 24, y / 13) + septum * wall;
  };
}

function createGland(random: DataRandom): EchoMap {
  const streaks = fractal(createNoise(random.fork('streaks')), 3);
  const bend = fractal(createNoise(random.fork('bend')), 2);
  const ducts = fractal(createNoise(random.fork('ducts')), 2);
  const level = random.between(-27, -20);
  const contrast = random.between(7, 14);
  const fibre = random.between(26, 60);
  return (x, y) => {
    const v = y + 9 * bend(x / 45, y / 34);
    const streak = Math.max(0, 1 - 2.6 * Math.abs(streaks(x / fibre, v / 6.5))) ** 2;
    const duct = smoothStep(0.45, 1, ducts(x / 22, v / 9));
    return level + contrast * streak + 3 * bend(x / 16, y / 12) - 9 * duct;
  };
}

function createMuscle(random: DataRandom): (x: number, y: number, start: number) => number {
  const fibres = fractal(createNoise(random.fork('fibres')), 2);
  const tilt = random.between(-0.12, 0.12);
  return (x, y, start) => {
    const v = y + tilt * x;
    const line = Math.max(0, 1 - 2.4 * Math.abs(fibres(x / 50, v / 4.6))) ** 2;
    return -35 - 0.06 * (y - start) + 11 * line;
  };
}
