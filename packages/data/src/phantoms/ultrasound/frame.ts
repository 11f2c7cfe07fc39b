import type { DataRandom } from '../../random.js';
import type { DrawingSize } from '../phantom.js';

/** Whether the beam reaches a pixel: uint8[height, width]; 0 or 1. Outside of it the screen is black. */
export type BeamFrame = Uint8Array;

/** Mostly the full rectangle of a linear probe, sometimes a trapezoid, a curved fan, or a margin at a side. */
export function drawFrame(size: DrawingSize, random: DataRandom): BeamFrame {
  const inside = drawOutline(size, random);
  const frame = new Uint8Array(size.widthPx * size.heightPx);
  for (let y = 0; y < size.heightPx; y++) {
    for (let x = 0; x < size.widthPx; x++) if (inside(x, y)) frame[y * size.widthPx + x] = 1;
  }
  return frame;
}

function drawOutline({ widthPx, heightPx }: DrawingSize, random: DataRandom): (x: number, y: number) => boolean {
  const kind = random.uniform();
  if (kind < 0.62) return () => true;
  if (kind < 0.76) {
    const cut = random.between(0.08, 0.22) * widthPx;
    return (x, y) => Math.abs(x - widthPx / 2) <= widthPx / 2 - cut * (1 - y / heightPx);
  }
  if (kind < 0.88) {
    const apex = -random.between(0.9, 1.6) * heightPx;
    const reach = heightPx - apex;
    return (x, y) => {
      const aside = Math.abs(x - widthPx / 2);
      const distance = Math.sqrt(aside * aside + (y - apex) ** 2);
      return distance >= -apex * 1.04 && distance <= reach && aside * reach * 0.93 < (y - apex) * widthPx * 0.5;
    };
  }
  const margin = random.between(0.02, 0.08) * widthPx;
  const left = random.chance(0.5);
  return (x) => (left ? x >= margin : x <= widthPx - margin);
}
