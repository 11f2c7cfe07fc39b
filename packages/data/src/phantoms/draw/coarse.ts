import type { Noise } from './noise.js';

/** Drawings are this wide in drawing units, and never taller. */
const SIDE = 256;

/**
 * The same function of the place from samples `stepX` x `stepY` drawing units apart, each taken when it is first asked
 * for and linear between: for functions that are dear and whose features are a few steps wide.
 */
export function coarse(exact: Noise, stepX: number, stepY = stepX): Noise {
  const columns = Math.ceil(SIDE / stepX) + 2;
  const rows = Math.ceil(SIDE / stepY) + 2;
  const samples = new Float32Array(columns * rows).fill(NaN);
  const [scaleX, scaleY] = [1 / stepX, 1 / stepY];
  const take = (at: number): number => {
    const value = exact((at % columns) * stepX, Math.floor(at / columns) * stepY);
    samples[at] = value;
    return value;
  };
  return (x, y) => {
    const u = x * scaleX;
    const v = y * scaleY;
    if (!(u >= 0 && v >= 0 && x < SIDE && y < SIDE)) return exact(x, y);
    const left = u | 0;
    const above = v | 0;
    const at = above * columns + left;
    let a = samples[at] as number;
    let b = samples[at + 1] as number;
    let c = samples[at + columns] as number;
    let d = samples[at + columns + 1] as number;
    if (a !== a) a = take(at);
    if (b !== b) b = take(at + 1);
    if (c !== c) c = take(at + columns);
    if (d !== d) d = take(at + columns + 1);
    const fx = u - left;
    const upper = a + fx * (b - a);
    return upper + (v - above) * (c + fx * (d - c) - upper);
  };
}
