import type { DataRandom } from '../../random.js';
import { createBlob } from '../draw/blob.js';
import type { Blob } from '../draw/blob.js';
import type { Plane } from '../draw/plane.js';
import { createNoise, fractal, smoothStep } from '../draw/noise.js';
import { drawBreastLesionStyle } from './lesion-style.js';
import type { BreastDiagnosis, BreastLesionStyle } from './lesion-style.js';

/** A lesion in a breast, as functions of the place in drawing units. */
export interface BreastLesion {
  readonly style: BreastLesionStyle;
  /** Below 1 inside. */
  readonly level: Blob;
  /** The echo at a place of this level whose tissue alone would give `tissue` decibels. */
  echo(x: number, y: number, level: number, tissue: number): number;
}

/** A lesion with its level in every pixel. */
export interface SeenLesion extends BreastLesion {
  readonly levels: Plane;
}

/** Creates a lesion of this diagnosis around a centre. */
export function createBreastLesion(
  diagnosis: BreastDiagnosis,
  center: { readonly centerX: number; readonly centerY: number },
  random: DataRandom,
): BreastLesion {
  const style = drawBreastLesionStyle(diagnosis, random.fork('style'));
  const level = createBlob(
    {
      ...center,
      radiusX: style.radius / Math.sqrt(style.tallness),
      radiusY: style.radius * Math.sqrt(style.tallness),
      angleRad: style.tiltRad,
      lobes: style.lobes,
      ragged: style.ragged,
      raggedSize: Math.max(4, style.radius * 0.3),
      spikes: style.spikes,
      spikeCount: 7 + random.int(7),
    },
    random.fork('outline'),
  );
  const texture = fractal(createNoise(random.fork('texture')), 2);
  const calcium = drawCalcifications(style, center, random.fork('calcium'));
  const softness = style.softness / style.radius;
  const rim = 1.8 / style.radius;
  return {
    style,
    level,
    echo(x, y, at, tissue) {
      if (at > 1.9) return tissue;
      const inside = 1 - smoothStep(1 - softness, 1 + softness, at);
      const body = style.echo + style.texture * texture(x / 8, y / 6) + calcium(x, y);
      const capsule = style.capsule * Math.exp(-(((at - 1 - rim) / rim) ** 2));
      const halo = style.halo * smoothStep(1.7, 1.05, at) * (1 - inside);
      return tissue * (1 - inside) + body * inside + capsule + halo;
    },
  };
}

function drawCalcifications(
  style: BreastLesionStyle,
  { centerX, centerY }: { readonly centerX: number; readonly centerY: number },
  random: DataRandom,
): (x: number, y: number) => number {
  const spots = Array.from({ length: Math.round(style.calcifications) }, () => ({
    x: centerX + style.radius * random.between(-0.6, 0.6),
    y: centerY + style.radius * random.between(-0.5, 0.5),
    strength: random.between(12, 26),
  }));
  return (x, y) => {
    let most = 0;
    for (const spot of spots) {
      const distance2 = (x - spot.x) ** 2 + (y - spot.y) ** 2;
      if (distance2 < 9) most = Math.max(most, spot.strength * Math.exp(-distance2 / 1.2));
    }
    return most;
  };
}
