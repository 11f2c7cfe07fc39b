import type { DataRandom } from '../../random.js';
import type { Picture } from '../../picture.js';
import { blurPlane, createPlane } from '../draw/plane.js';
import type { Plane, PlaneSize } from '../draw/plane.js';

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
  const gamma = random.between(0.85, 1.2);
  const grain = random.between(0.004, 0.016);
  const noise = random.fork('grain');
  const { widthPx, heightPx } = canvas.red;
  const data = new Uint8Array(widthPx * heightPx * 3);
  canvas.planes.forEach((plane, c) => {
    const balance = exposure * random.between(0.975, 1.025);
    const sharp = blurPlane(plane, focus, focus).data;
    for (let i = 0; i < sharp.length; i++) {
      const light = Math.max(0, (sharp[i] as number) * balance) ** gamma + grain * noise.normal();
      data[i * 3 + c] = Math.min(255, Math.max(0, Math.round(light * 255)));
    }
  });
  return { data, widthPx, heightPx, channels: 3 };
}
