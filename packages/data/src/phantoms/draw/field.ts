import type { DrawingSize } from '../phantom.js';
import { createPlane } from './plane.js';
import type { Plane } from './plane.js';

/**
 * Draws a smooth function of the place (drawing units) from samples `stepUnits` apart, linear between them: as good as
 * asking in every pixel where its features are a few steps wide, and many times cheaper.
 */
export function sampleField(size: DrawingSize, stepUnits: number, at: (x: number, y: number) => number): Plane {
  const plane = createPlane(size);
  const stepPx = stepUnits * size.unitPx;
  const columns = Math.ceil(size.widthPx / stepPx) + 2;
  const lineAt = (row: number): Float32Array => {
    const line = new Float32Array(columns);
    for (let i = 0; i < columns; i++) line[i] = at(i * stepUnits, row * stepUnits);
    return line;
  };
  let row = 0;
  let [above, below] = [lineAt(0), lineAt(1)];
  const mixed = new Float32Array(columns);
  for (let y = 0; y < size.heightPx; y++) {
    const v = (y + 0.5) / stepPx;
    for (; row < Math.floor(v); row++) [above, below] = [below, lineAt(row + 2)];
    const share = v - row;
    for (let i = 0; i < columns; i++) mixed[i] = (above[i] as number) * (1 - share) + (below[i] as number) * share;
    spreadLine(mixed, stepPx, plane.data.subarray(y * size.widthPx, (y + 1) * size.widthPx));
  }
  return plane;
}

function spreadLine(samples: Float32Array, stepPx: number, out: Float32Array): void {
  const step = 1 / stepPx;
  for (let x = 0; x < out.length; x++) {
    const u = (x + 0.5) * step;
    const i = u | 0;
    const left = samples[i] as number;
    out[x] = left + (u - i) * ((samples[i + 1] as number) - left);
  }
}
