/** Angle a cell of the fastest wave; the slowest is this over {@link SPREAD}. */
const FASTEST = Math.PI / 2;
const SPREAD = 16;

/**
 * Fixed 2-D sine positions of a square token grid: float32[side*side,width]; row-major; a quarter of the width each for
 * sine and cosine of the row, and of the column.
 */
export function sinePositions(side: number, width: number, amplitude: number): Float32Array {
  const waves = width / 4;
  const table = new Float32Array(side * side * width);
  for (let token = 0; token < side * side; token++) {
    const places = [Math.floor(token / side), token % side];
    places.forEach((place, axis) => {
      for (let wave = 0; wave < waves; wave++) {
        const angle = place * FASTEST * SPREAD ** (-wave / Math.max(1, waves - 1));
        const at = token * width + axis * 2 * waves + wave;
        table[at] = amplitude * Math.sin(angle);
        table[at + waves] = amplitude * Math.cos(angle);
      }
    });
  }
  return table;
}
