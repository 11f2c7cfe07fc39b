import type { DrawingSize } from '../phantom.js';
import { createPlane } from './plane.js';
import type { Plane, PlaneSize } from './plane.js';

/** The same along both axes, or one for each. */
export type Step = number | { readonly x: number; readonly y: number };

/**
 * Draws a smooth function of the place (drawing units) from samples a step of units apart, linear between them: as good as
 * asking in every pixel where its features are a few steps wide, and many times cheaper.
 */
export function sampleField(size: DrawingSize, step: Step, at: (x: number, y: number) => number): Plane {
  const stepX = typeof step === 'number' ? step : step.x;
  const stepY = typeof step === 'number' ? step : step.y;
  const grid = { stepPx: stepX * size.unitPx, stepDownPx: stepY * size.unitPx };
  const columns = Math.ceil(size.widthPx / grid.stepPx) + 2;
  return spread(size, grid, (row) => {
    const line = new Float32Array(columns);
    for (let i = 0; i < columns; i++) line[i] = at(i * stepX, row * stepY);
    return line;
  });
}

/** Enlarges a plane, linear between its pixels; its last lines go on beyond its edge. */
export function stretchPlane({ data, widthPx, heightPx }: Plane, size: PlaneSize): Plane {
  const grid = { stepPx: size.widthPx / widthPx, stepDownPx: size.heightPx / heightPx };
  return spread(size, grid, (row) => {
    const start = Math.min(row, heightPx - 1) * widthPx;
    const line = new Float32Array(widthPx + 2).fill(data[start + widthPx - 1] as number);
    line.set(data.subarray(start, start + widthPx));
    return line;
  });
}

interface Grid {
  readonly stepPx: number;
  readonly stepDownPx: number;
}

/** Fills a plane from lines of samples that are asked for from above. */
function spread(size: PlaneSize, { stepPx, stepDownPx }: Grid, lineAt: (row: number) => Float32Array): Plane {
  const plane = createPlane(size);
  let row = 0;
  let above = lineAt(0);
  let below = lineAt(1);
  const mixed = new Float32Array(above.length);
  for (let y = 0; y < size.heightPx; y++) {
    const v = (y + 0.5) / stepDownPx;
    for (; row < Math.floor(v); row++) {
      above = below;
      below = lineAt(row + 2);
    }
    const share = v - row;
    for (let i = 0; i < mixed.length; i++) {
      const upper = above[i] as number;
      mixed[i] = upper + share * ((below[i] as number) - upper);
    }
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
