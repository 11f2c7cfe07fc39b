import type { DataRandom } from '../../random.js';
import type { Picture } from '../../picture.js';
import { grainLine } from './grain.js';
import { blurPlane, createPlane } from './plane.js';
import type { Plane, PlaneSize } from './plane.js';

/** Three planes of light, 0..1. */
export interface ColourCanvas {
  readonly red: Plane;
  readonly planes: readonly [Plane, Plane, Plane];
}

export function createCanvas(size: PlaneSize): ColourCanvas {
  const planes = [createPlane(size), createPlane(size), createPlane(size)] as const;
  return { red: planes[0], planes: [...planes] };
}

/** Develops the canvas as a camera would: focus, exposure, white balance, gamma and sensor noise. */
export function developCanvas(canvas: ColourCanvas, unitPx: number, random: DataRandom): Picture {
  const focus = random.between(0.4, 1.1) * unitPx;
  const exposure = random.between(0.88, 1.12);
  const curve = toneCurve(random.between(0.85, 1.2));
  const grain = 255 * random.between(0.004, 0.016);
  const noise = random.fork('grain');
  const { widthPx, heightPx } = canvas.red;
  const data = new Uint8Array(widthPx * heightPx * 3);
  canvas.planes.forEach((plane, c) => {
    const balance = exposure * random.between(0.975, 1.025);
    developChannel(blurPlane(plane, focus, focus), data, { c, gain: balance * TONE_STEPS, curve, grain, noise });
  });
  return { data, widthPx, heightPx, channels: 3 };
}

interface Channel {
  readonly c: number;
  readonly gain: number;
  readonly curve: Float32Array;
  readonly grain: number;
  readonly noise: DataRandom;
}

function developChannel({ data: light, widthPx }: Plane, out: Uint8Array, { c, gain, curve, grain, noise }: Channel) {
  for (let start = 0; start < light.length; start += widthPx) {
    const line = grainLine(widthPx, noise);
    for (let x = 0; x < widthPx; x++) {
      const step = Math.min(TONE_STEPS, Math.max(0, (light[start + x] as number) * gain));
      const value = (curve[step | 0] as number) + grain * (line[x] as number) + 0.5;
      out[(start + x) * 3 + c] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}

/** Finer than the 256 values that are stored. */
const TONE_STEPS = 2048;

/** Grey values 0..255 of light 0..1 in steps. */
export function toneCurve(gamma: number): Float32Array {
  const curve = new Float32Array(TONE_STEPS + 1);
  for (let i = 0; i <= TONE_STEPS; i++) curve[i] = 255 * (i / TONE_STEPS) ** gamma;
  return curve;
}
