import type { DataRandom } from '../../random.js';
import { createNoise, fractal } from './noise.js';

/** An irregular closed outline around an ellipse. Lengths in drawing units. */
export interface BlobStyle {
  readonly centerX: number;
  readonly centerY: number;
  readonly radiusX: number;
  readonly radiusY: number;
  readonly angleRad: number;
  /** Strength of 2 to 6 wide lobes, as a share of the radius. */
  readonly lobes: number;
  /** Strength of fine ragged noise, as a share of the radius, and its size in units. */
  readonly ragged: number;
  readonly raggedSize: number;
  /** Strength and number of pointed spikes. */
  readonly spikes?: number;
  readonly spikeCount?: number;
}

/** Level of a point: 0 at the centre, 1 on the outline, above 1 outside. */
export type Blob = (x: number, y: number) => number;

interface Harmonic {
  readonly order: number;
  readonly strength: number;
  readonly phase: number;
}

/** Creates the level function of an irregular outline. */
export function createBlob(style: BlobStyle, random: DataRandom): Blob {
  const reach = tabulateReach(style, random);
  const noise = fractal(createNoise(random.fork('ragged')), 3);
  const cos = Math.cos(style.angleRad);
  const sin = Math.sin(style.angleRad);
  return (x, y) => {
    const dx = x - style.centerX;
    const dy = y - style.centerY;
    const u = (cos * dx + sin * dy) / style.radiusX;
    const v = (cos * dy - sin * dx) / style.radiusY;
    const rho = Math.sqrt(u * u + v * v);
    // Outlines reach less than twice the radius, and nobody asks how far away a far place is.
    if (rho > 4) return rho;
    const turn = ((Math.atan2(v, u) / (2 * Math.PI) + 1) * DIRECTIONS) | 0;
    const rough = style.ragged * noise(x / style.raggedSize, y / style.raggedSize);
    return rho / (reach[turn % DIRECTIONS] as number) + rough * Math.min(1, 2 * rho);
  };
}

const DIRECTIONS = 720;

/** How far the outline reaches in each direction, as a share of the ellipse's radius. */
function tabulateReach(style: BlobStyle, random: DataRandom): Float32Array {
  const harmonics = drawHarmonics(style.lobes, random.fork('lobes'));
  const spike = createSpikes(style, random.fork('spikes'));
  return Float32Array.from({ length: DIRECTIONS }, (_, i) => {
    const theta = (2 * Math.PI * (i + 0.5)) / DIRECTIONS;
    let reach = 1 + spike(theta);
    for (const { order, strength, phase } of harmonics) reach += strength * Math.cos(order * theta + phase);
    return Math.max(0.35, reach);
  });
}

function drawHarmonics(lobes: number, random: DataRandom): Harmonic[] {
  return [2, 3, 4, 5, 6].map((order) => ({
    order,
    strength: (lobes * random.between(0.3, 1)) / Math.sqrt(order - 1),
    phase: random.between(0, 2 * Math.PI),
  }));
}

function createSpikes({ spikes = 0, spikeCount = 9 }: BlobStyle, random: DataRandom): (theta: number) => number {
  if (spikes === 0) return () => 0;
  const phase = random.between(0, 2 * Math.PI);
  const strengths = Array.from({ length: spikeCount }, () => spikes * random.between(0.2, 1));
  return (theta) => {
    const turn = ((((theta + phase) / (2 * Math.PI)) % 1) + 1) % 1;
    const at = turn * spikeCount;
    const peak = 1 - Math.abs(2 * (at % 1) - 1);
    return (strengths[Math.floor(at) % spikeCount] as number) * peak ** 3;
  };
}
