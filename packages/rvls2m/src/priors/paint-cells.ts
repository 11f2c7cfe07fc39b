/**
 * Enlarges a square grid by copying: float32[G*G] to float32[S*S].
 * - `paint` int32[S]; the cell of each sample along a side, not falling
 */
export function paintCells(cells: Float32Array, paint: Int32Array): Float32Array {
  const side = paint.length;
  const gridCells = Math.sqrt(cells.length);
  const out = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    const row = paint[y] as number;
    const at = y * side;
    // Rows of one cell row are equal: copy the one above.
    if (y > 0 && row === paint[y - 1]) out.copyWithin(at, at - side, at);
    else for (let x = 0; x < side; x++) out[at + x] = cells[row * gridCells + (paint[x] as number)] as number;
  }
  return out;
}
