import { createDataRandom } from '../../random.js';
import type { DataRandom } from '../../random.js';

const TABLE_BITS = 6;
const TABLE_SIDE = 1 << TABLE_BITS;
const TABLE_MASK = TABLE_SIDE - 1;

/** A smooth random function of the plane, about -1..1, with features of the size of one unit. */
export type Noise = (x: number, y: number) => number;

/** Distances to the nearest and second nearest of randomly jittered cell centres, in units of a cell. */
export interface CellDistances {
  nearest: number;
  second: number;
}

/** Lattices of random numbers -1..1 that noises share, each at a place of its own; drawn once. */
const LATTICES = 48;
let lattices: readonly Float32Array[] | undefined;

function latticesOnce(): readonly Float32Array[] {
  lattices ??= Array.from({ length: LATTICES }, (_, index) => {
    const random = createDataRandom(`lattice ${index}`);
    const lattice = new Float32Array(TABLE_SIDE * TABLE_SIDE);
    for (let i = 0; i < lattice.length; i++) lattice[i] = random.uniform() * 2 - 1;
    return lattice;
  });
  return lattices;
}

/** Value noise on a random lattice with smooth interpolation; repeats after 64 units. */
export function createNoise(random: DataRandom): Noise {
  const table = latticesOnce()[random.int(LATTICES)] as Float32Array;
  const shiftX = random.between(0, TABLE_SIDE);
  const shiftY = random.between(0, TABLE_SIDE);
  return (x, y) => {
    const u = x + shiftX;
    const v = y + shiftY;
    const x0 = Math.floor(u);
    const y0 = Math.floor(v);
    const fx = smooth(u - x0);
    const fy = smooth(v - y0);
    const left = x0 & TABLE_MASK;
    const right = (x0 + 1) & TABLE_MASK;
    const above = (y0 & TABLE_MASK) << TABLE_BITS;
    const below = ((y0 + 1) & TABLE_MASK) << TABLE_BITS;
    const a = table[above | left] as number;
    const c = table[below | left] as number;
    const upper = a + fx * ((table[above | right] as number) - a);
    const lower = c + fx * ((table[below | right] as number) - c);
    return upper + fy * (lower - upper);
  };
}

/** Sum of octaves, each half as large and half as strong as the one before. */
export function fractal(noise: Noise, octaves: number): Noise {
  return (x, y) => {
    let sum = 0;
    let strength = 1;
    let frequency = 1;
    for (let octave = 0; octave < octaves; octave++) {
      sum += strength * noise(x * frequency + octave * 17.3, y * frequency - octave * 9.1);
      strength *= 0.5;
      frequency *= 2;
    }
    return sum;
  };
}

/** Cellular noise: where `second - nearest` is small lie the walls of a net, where `nearest` is small its knots. */
export function createCells(random: DataRandom): (x: number, y: number, out: CellDistances) => void {
  const lattice = latticesOnce()[random.int(LATTICES)] as Float32Array;
  const shift = 2 * random.int(TABLE_SIDE * TABLE_SIDE);
  // Each cell takes two numbers of the lattice: 0.1..0.9 from its corner.
  const jitterAt = (cell: number): number => 0.5 + 0.4 * (lattice[cell & (TABLE_SIDE * TABLE_SIDE - 1)] as number);
  return (x, y, out) => {
    const cellX = Math.floor(x);
    const cellY = Math.floor(y);
    out.nearest = Infinity;
    out.second = Infinity;
    for (let cy = cellY - 1; cy <= cellY + 1; cy++) {
      for (let cx = cellX - 1; cx <= cellX + 1; cx++) {
        const at = shift + 2 * (((cy & TABLE_MASK) << TABLE_BITS) | (cx & TABLE_MASK));
        const dx = cx + jitterAt(at) - x;
        const dy = cy + jitterAt(at + 1) - y;
        keepNearest(out, dx * dx + dy * dy);
      }
    }
    out.nearest = Math.sqrt(out.nearest);
    out.second = Math.sqrt(out.second);
  };
}

function keepNearest(out: CellDistances, distance: number): void {
  if (distance < out.nearest) {
    out.second = out.nearest;
    out.nearest = distance;
  } else if (distance < out.second) out.second = distance;
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothStep(low: number, high: number, value: number): number {
  return smooth(Math.min(1, Math.max(0, (value - low) / (high - low))));
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}
