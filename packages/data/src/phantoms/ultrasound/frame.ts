import type { DataRandom } from '../../random.js';
import type { DrawingSize } from '../phantom.js';

/** Tells whether the beam reaches a pixel; outside of it the screen is black. */
export type BeamFrame = (x: number, y: number) => boolean;

/** Mostly the full rectangle of a linear probe, sometimes a trapezoid, a curved fan, or a margin at a side. */
export function drawFrame({ widthPx, heightPx }: DrawingSize, random: DataRandom): BeamFrame {
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
      const distance = Math.hypot(x - widthPx / 2, y - apex);
      const turn = Math.abs(Math.atan2(x - widthPx / 2, y - apex));
      return distance >= -apex * 1.04 && distance <= reach && turn < Math.atan2(widthPx * 0.5, reach * 0.93);
    };
  }
  const margin = random.between(0.02, 0.08) * widthPx;
  const left = random.chance(0.5);
  return (x) => (left ? x >= margin : x <= widthPx - margin);
}
