import { createDataRandom } from '../../random.js';
import type { DataRandom } from '../../random.js';

const TABLE_SIZE = 1 << 14;
let table: Float32Array | undefined;

/** Standard normal numbers, drawn once: sensor noise only has to look independent. */
function normalTable(): Float32Array {
  if (table !== undefined) return table;
  const random = createDataRandom('grain table');
  table = new Float32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) table[i] = random.normal();
  return table;
}

/** A line of normal noise that starts somewhere else in the table each time; the view must not be written to. */
export function grainLine(length: number, random: DataRandom): Float32Array {
  const source = normalTable();
  if (length > TABLE_SIZE / 2) return Float32Array.from({ length }, () => random.normal());
  const start = random.int(TABLE_SIZE - length);
  return source.subarray(start, start + length);
}
