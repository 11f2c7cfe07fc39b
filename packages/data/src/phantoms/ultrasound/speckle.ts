import type { DataRandom } from '../../random.js';
import { createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { speckleTile, TILE_SIDE } from '../draw/speckle-tile.js';

/** Resolution of the imaging system in pixels, and how many looks are averaged against speckle. */
export interface SpeckleStyle {
  readonly lateralPx: number;
  readonly axialPx: number;
  readonly looks: number;
}

/**
 * Images an echo map as an ultrasound system does: random scatterers of that strength, blurred by the beam, envelope,
 * logarithm. Gives decibels with fully developed speckle.
 */
export function addSpeckle(echoDb: Plane, style: SpeckleStyle, random: DataRandom): Plane {
  const { widthPx, heightPx } = echoDb;
  const tile = speckleTile(style.lateralPx, style.axialPx);
  const result = createPlane(echoDb);
  result.data.fill(1);
  for (let look = 0; look < style.looks; look++) multiplyByEnergy(result, tile, random);
  // The mean of the looks' logarithms is the logarithm of their product.
  const scale = 10 / style.looks;
  for (let i = 0; i < widthPx * heightPx; i++) {
    result.data[i] = (echoDb.data[i] as number) + scale * Math.log10((result.data[i] as number) + 1e-12);
  }
  return result;
}

/** One look: the energy of a complex field whose two parts are cut from different places of the tile. */
function multiplyByEnergy({ data, widthPx, heightPx }: Plane, tile: Float32Array, random: DataRandom): void {
  const [realX, realY, imaginaryX, imaginaryY] = Array.from({ length: 4 }, () => random.int(TILE_SIDE)) as [
    number,
    number,
    number,
    number,
  ];
  const mask = TILE_SIDE - 1;
  for (let y = 0; y < heightPx; y++) {
    const realRow = ((y + realY) & mask) * TILE_SIDE;
    const imaginaryRow = ((y + imaginaryY) & mask) * TILE_SIDE;
    for (let x = 0; x < widthPx; x++) {
      const real = tile[realRow + ((x + realX) & mask)] as number;
      const imaginary = tile[imaginaryRow + ((x + imaginaryX) & mask)] as number;
      const i = y * widthPx + x;
      data[i] = (data[i] as number) * 0.5 * (real * real + imaginary * imaginary);
    }
  }
}
