import { paintWithKernel } from '../kernels/paint-with-kernel.js';
import type { Painting } from '../kernels/paint-with-kernel.js';
import { simdKernel } from '../kernels/simd-kernel.js';

/** Enlarges a square grid by copying: uint8[G*G] to float32[S*S]. */
export function paintCells(painting: Painting, kernel = simdKernel()): Float32Array {
  return (kernel && paintWithKernel(kernel, painting)) ?? paintPlain(painting);
}

function paintPlain({ cells, values, paint }: Painting): Float32Array {
  const side = paint.length;
  const gridCells = Math.sqrt(cells.length);
  const out = new Float32Array(side * side);
  for (let top = 0; top < side;) {
    const row = (paint[top] as number) * gridCells;
    const at = top * side;
    for (let x = 0; x < side; x++) out[at + x] = values[cells[row + (paint[x] as number)] as number] as number;
    const bottom = endOfRow(paint, top);
    repeatRow(out, { at, side, rows: bottom - top });
    top = bottom;
  }
  return out;
}

/** The first sample that lies in a later cell. */
function endOfRow(paint: Int32Array, from: number): number {
  let end = from + 1;
  while (end < paint.length && paint[end] === paint[from]) end++;
  return end;
}

/** Copies a row below itself, twice as many at each step. */
function repeatRow(
  out: Float32Array,
  { at, side, rows }: { readonly at: number; readonly side: number; readonly rows: number },
): void {
  for (let done = 1; done < rows; done *= 2) {
    out.copyWithin(at + done * side, at, at + Math.min(done, rows - done) * side);
  }
}
