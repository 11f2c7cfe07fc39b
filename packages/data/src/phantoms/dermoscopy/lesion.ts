import type { DataRandom } from '../../random.js';
import { createBlob } from '../draw/blob.js';
import type { Blob } from '../draw/blob.js';
import { coarse } from '../draw/coarse.js';
import { createCells, createNoise, fractal, smoothStep } from '../draw/noise.js';
import type { CellDistances, Noise } from '../draw/noise.js';
import { drawSkinLesionStyle } from './lesion-style.js';
import type { SkinDiagnosis, SkinLesionStyle } from './lesion-style.js';
import type { Pigment } from './pigment.js';
import { createSpots } from './spots.js';

/** A lesion as a function of the place in drawing units. */
export interface SkinLesion {
  /** Below 1 inside. */
  readonly level: Blob;
  /** Adds the lesion's pigment at a place with this level. */
  addPigment(x: number, y: number, level: number, pigment: Pigment): void;
}

/** Creates a lesion of this diagnosis around a centre. */
export function createSkinLesion(
  diagnosis: SkinDiagnosis,
  { centerX, centerY }: { readonly centerX: number; readonly centerY: number },
  random: DataRandom,
): SkinLesion {
  const style = drawSkinLesionStyle(diagnosis, random.fork('style'));
  const level = createBlob(
    {
      centerX,
      centerY,
      radiusX: style.radius / Math.sqrt(style.aspect),
      radiusY: style.radius * Math.sqrt(style.aspect),
      angleRad: random.between(0, Math.PI),
      lobes: style.lobes,
      ragged: style.ragged,
      raggedSize: Math.max(5, style.radius * 0.35),
    },
    random.fork('outline'),
  );
  const layers = [
    createBody(style, random.fork('body')),
    createNetwork(style, random.fork('network')),
    createColours(style, random.fork('colours')),
    createStreaks(style, { centerX, centerY }, random.fork('streaks')),
    createRidges(style, random.fork('ridges')),
    createSpots(style, { centerX, centerY }, random.fork('spots')),
  ];
  const softness = style.softness / style.radius;
  const point = { at: 0, inside: 0, pigment: NO_PIGMENT };
  return {
    level,
    addPigment(x, y, at, pigment) {
      if (at >= 1 + softness) return;
      point.at = at;
      point.inside = 1 - smoothStep(1 - softness, 1 + softness, at);
      point.pigment = pigment;
      for (const layer of layers) layer(x, y, point);
    },
  };
}

const NO_PIGMENT: Pigment = { brown: 0, black: 0, blue: 0, red: 0, white: 0 };

/** Where a layer paints: level, cover of the lesion (0..1) and the pigment to add to. */
export interface LayerPoint {
  readonly at: number;
  readonly inside: number;
  readonly pigment: Pigment;
}

export type Layer = (x: number, y: number, point: LayerPoint) => void;

function createBody(style: SkinLesionStyle, random: DataRandom): Layer {
  const fine = fractal(createNoise(random.fork('mottle')), 4);
  const mottle = coarse((x, y) => fine(x / 9, y / 9), 1.2);
  const wide = fractal(createNoise(random.fork('parts')), 2);
  const grain = createNoise(random.fork('grain'));
  const hue = random.between(0, 0.6);
  const partSize = style.radius * 0.7;
  const parts = coarse((x, y) => wide(x / partSize, y / partSize), 3);
  const centre = random.between(-0.35, 0.45);
  return (x, y, { at, inside, pigment }) => {
    const part = parts(x, y) * style.variety;
    const amount = 0.62 + centre * (1 - at) + 0.22 * mottle(x, y) + 0.75 * part + 0.1 * grain(x / 1.6, y / 1.6);
    const density = inside * style.darkness * Math.max(0.12, amount);
    pigment.brown += density * 0.9;
    pigment.black += density * 0.28 * hue;
    pigment.red += inside * 0.25 * (1 - hue) * style.darkness;
  };
}

function createNetwork(style: SkinLesionStyle, random: DataRandom): Layer {
  if (style.network === 0 && style.globules === 0) return () => undefined;
  const cells = createCells(random);
  const patches = createNoise(random.fork('patches'));
  const cellSize = random.between(5, 8.5);
  const found: CellDistances = { nearest: 0, second: 0 };
  return (x, y, { at, inside, pigment }) => {
    cells(x / cellSize, y / cellSize, found);
    const here = smoothStep(-0.35, 0.35, patches(x / 26, y / 26));
    const rim = smoothStep(0.15, 0.75, at);
    const line = Math.exp(-(((found.second - found.nearest) / 0.16) ** 2));
    const dot = Math.exp(-((found.nearest / 0.24) ** 2));
    const strength = inside * style.darkness;
    pigment.brown += strength * (style.network * line * (0.35 + 0.65 * rim) * here + style.globules * dot * (1 - here));
    pigment.black += strength * 0.35 * style.globules * dot * (1 - here);
  };
}

function createColours(style: SkinLesionStyle, random: DataRandom): Layer {
  const size = style.radius * 0.8;
  const patches = (name: string): Noise => {
    const noise = fractal(createNoise(random.fork(name)), 3);
    return coarse((x, y) => smoothStep(0.1, 0.75, noise(x / size, y / size)), 2.5);
  };
  const [blue, red, scar, dark] = [patches('blue'), patches('red'), patches('scar'), patches('dark')];
  return (x, y, { at, inside, pigment }) => {
    const core = inside * (1 - smoothStep(0.6, 1, at));
    pigment.blue += core * style.blueVeil * 1.1 * blue(x, y);
    pigment.red += inside * style.redness * (0.25 + 0.9 * red(x, y));
    pigment.black += core * style.variety * 0.8 * style.darkness * dark(x, y);
    const pale = core * style.scar * scar(x, y);
    pigment.white += 0.5 * pale;
    pigment.brown *= 1 - 0.7 * pale;
    pigment.white += 0.25 * inside * style.waxy;
  };
}

function createStreaks(
  style: SkinLesionStyle,
  { centerX, centerY }: { readonly centerX: number; readonly centerY: number },
  random: DataRandom,
): Layer {
  if (style.streaks === 0) return () => undefined;
  const noise = createNoise(random);
  const side = random.between(-Math.PI, Math.PI);
  const count = random.between(9, 16);
  return (x, y, { at, inside, pigment }) => {
    const angle = Math.atan2(y - centerY, x - centerX);
    const facing = smoothStep(-0.3, 0.6, Math.cos(angle - side));
    const ray = smoothStep(0.1, 0.6, noise(angle * count * 0.6 + 40, at * 1.2));
    pigment.black += inside * facing * ray * style.streaks * smoothStep(0.55, 0.9, at);
  };
}

function createRidges(style: SkinLesionStyle, random: DataRandom): Layer {
  if (style.ridges === 0) return () => undefined;
  const bend = fractal(createNoise(random), 2);
  const size = random.between(5, 9);
  return (x, y, { inside, pigment }) => {
    const fissure = 1 - Math.abs(bend(x / size, y / size)) * 2.2;
    const depth = Math.max(0, fissure) ** 2;
    pigment.brown += inside * style.ridges * style.darkness * 0.75 * depth;
    pigment.white += inside * style.ridges * 0.14 * (1 - Math.min(1, 2 * depth));
  };
}
