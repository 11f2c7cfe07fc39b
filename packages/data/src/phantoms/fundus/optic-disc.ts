import type { DataRandom } from '../../random.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { smoothStep } from '../draw/noise.js';
import type { DrawingSize } from '../phantom.js';
import type { Eye } from './eye.js';
import type { FundusStyle } from './fundus-style.js';

/** The head of the optic nerve: how much of a pixel is rim, cup, and pale tissue beside it. */
export interface OpticDisc {
  readonly rim: Plane;
  readonly cup: Plane;
  readonly atrophy: Plane;
  /** uint8[height, width]; the disc with its cup */
  readonly bits: Uint8Array;
}

/** Draws the disc, slightly taller than wide, with its cup and the crescent of thin tissue at its temporal side. */
export function drawOpticDisc(size: DrawingSize, eye: Eye, style: FundusStyle, random: DataRandom): OpticDisc {
  const planes = { rim: createPlane(size), cup: createPlane(size), atrophy: createPlane(size) };
  const bits = new Uint8Array(planes.rim.data.length);
  const shape = drawShape(style, random);
  const [cx, cy, radius] = [eye.disc.x * size.unitPx, eye.disc.y * size.unitPx, eye.discRadius * size.unitPx];
  const reach = radius * 1.9;
  const [left, right] = [Math.max(0, Math.floor(cx - reach)), Math.min(size.widthPx, Math.ceil(cx + reach))];
  const [top, bottom] = [Math.max(0, Math.floor(cy - reach)), Math.min(size.heightPx, Math.ceil(cy + reach))];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const u = (eye.temporal * (x + 0.5 - cx)) / radius;
      const v = (y + 0.5 - cy) / radius;
      const at = Math.sqrt((u / shape.wide) ** 2 + (v / shape.tall) ** 2);
      const inCup = Math.sqrt(((u - shape.cupShift) / shape.cupWide) ** 2 + (v / shape.cupTall) ** 2);
      const beside = Math.sqrt(((u - 0.28) / (shape.wide + 0.12)) ** 2 + (v / (shape.tall + 0.05)) ** 2);
      const i = y * size.widthPx + x;
      planes.rim.data[i] = 1 - smoothStep(1 - shape.soft, 1 + shape.soft, at);
      planes.cup.data[i] = 1 - smoothStep(1 - shape.cupSoft, 1 + shape.cupSoft, inCup);
      planes.atrophy.data[i] = style.atrophy * (1 - smoothStep(0.85, 1.15, beside));
      bits[i] = at < 1 ? 1 : 0;
    }
  }
  return { ...planes, bits };
}

function drawShape(style: FundusStyle, random: DataRandom) {
  const cup = Math.max(0.1, style.cup);
  return {
    wide: random.between(0.86, 1),
    tall: random.between(0.98, 1.12),
    soft: random.between(0.05, 0.18),
    cupWide: cup * random.between(0.8, 0.95),
    cupTall: cup * random.between(0.95, 1.12),
    cupShift: random.between(0, 0.6) * (0.85 - cup * 0.85),
    cupSoft: random.between(0.15, 0.5),
  };
}
