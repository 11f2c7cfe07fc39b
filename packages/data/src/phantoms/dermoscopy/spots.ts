import type { DataRandom } from '../../random.js';
import type { Layer } from './lesion.js';
import type { SkinLesionStyle } from './lesion-style.js';

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Milia-like cysts (bright dots) and comedo-like openings (dark dots) inside a lesion. */
export function createSpots(
  style: SkinLesionStyle,
  { centerX, centerY }: { readonly centerX: number; readonly centerY: number },
  random: DataRandom,
): Layer {
  const scatter = (count: number, low: number, high: number): Spot[] =>
    Array.from({ length: Math.round(count) }, () => {
      const angle = random.between(0, 2 * Math.PI);
      const reach = style.radius * 0.85 * Math.sqrt(random.uniform());
      const radius = random.between(low, high);
      return { x: centerX + reach * Math.cos(angle), y: centerY + reach * Math.sin(angle), radius };
    });
  const cysts = scatter(style.cysts, 1.2, 2.8);
  const openings = scatter(style.openings, 1.5, 3.4);
  return (x, y, { inside, pigment }) => {
    const bright = inside * strongest(cysts, x, y);
    pigment.white += 0.45 * bright;
    pigment.brown *= 1 - 0.5 * bright;
    const dark = inside * strongest(openings, x, y);
    pigment.brown += 0.7 * dark;
    pigment.black += 0.55 * dark;
  };
}

function strongest(spots: readonly Spot[], x: number, y: number): number {
  let most = 0;
  for (const spot of spots) {
    const distance2 = ((x - spot.x) ** 2 + (y - spot.y) ** 2) / spot.radius ** 2;
    if (distance2 < 6) most = Math.max(most, Math.exp(-distance2));
  }
  return most;
}
