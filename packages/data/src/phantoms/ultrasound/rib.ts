import type { DataRandom } from '../../random.js';
import { createNoise, smoothStep } from '../draw/noise.js';

/** A rib: a bright arc whose bone lets nothing through, so that everything below is dark. Drawing units. */
export interface Rib {
  /** Depth of the bone's surface in a column, or null beside the rib. */
  surface(x: number): number | null;
  /** The echo at a place whose tissue alone would give `tissue` decibels. */
  echo(x: number, y: number, tissue: number): number;
}

/** Creates a rib in the lower part of the picture. */
export function createRib(
  { widthUnits, depth }: { readonly widthUnits: number; readonly depth: number },
  random: DataRandom,
): Rib {
  const half = random.between(22, 44);
  const center = random.between(0.12, 0.88) * widthUnits;
  const top = random.between(0.56, 0.76) * depth;
  const sag = random.between(7, 18);
  const rough = createNoise(random.fork('rough'));
  const lean = random.between(-0.12, 0.12);
  const bright = random.between(12, 22);
  const surface = (x: number): number | null => {
    const t = (x - center) / half;
    return Math.abs(t) > 1 ? null : top + sag * t * t + lean * (x - center) + 1.2 * rough(x / 9, 1);
  };
  return {
    surface,
    echo(x, y, tissue) {
      const bone = surface(x);
      if (bone === null) return tissue;
      const fade = 1 - Math.abs((x - center) / half) ** 3;
      const below = y - bone;
      if (below < -3) return tissue;
      const arc = bright * fade * Math.exp(-((below / 2.1) ** 2));
      const dark = below > 0 ? Math.min(1, below / 4) * smoothStep(0, 0.45, fade) : 0;
      const haze = -58 + 14 * Math.exp(-below / 16) + 5 * rough(x / 14, below / 5);
      return tissue * (1 - dark) + haze * dark + arc;
    },
  };
}
