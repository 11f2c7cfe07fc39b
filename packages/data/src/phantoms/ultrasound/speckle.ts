import type { DataRandom } from '../../random.js';
import { blurPlane, createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';

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
  const result = createPlane(echoDb);
  // Blurring white noise lowers its power; this brings speckle back to the level of the map.
  const power = 4 * Math.PI * style.lateralPx * style.axialPx;
  for (let look = 0; look < style.looks; look++) {
    const real = scatter(echoDb, style, random.fork(`real ${look}`));
    const imaginary = scatter(echoDb, style, random.fork(`imaginary ${look}`));
    for (let i = 0; i < result.data.length; i++) {
      const energy = ((real.data[i] as number) ** 2 + (imaginary.data[i] as number) ** 2) * 0.5 * power;
      result.data[i] = (result.data[i] as number) + (10 * Math.log10(energy + 1e-9)) / style.looks;
    }
  }
  return result;
}

function scatter(echoDb: Plane, { lateralPx, axialPx }: SpeckleStyle, random: DataRandom): Plane {
  const field = createPlane(echoDb);
  for (let i = 0; i < field.data.length; i++) {
    // Three uniform draws are as good as a normal one here, since the blur sums many scatterers; variance 1.
    const draw = 2 * (random.uniform() + random.uniform() + random.uniform() - 1.5);
    field.data[i] = draw * Math.exp((Math.LN10 / 20) * (echoDb.data[i] as number));
  }
  return blurPlane(field, lateralPx, axialPx);
}
