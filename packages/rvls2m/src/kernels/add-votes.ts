import { nearestIndices } from '../axis/axis-operator.js';
import { createCache } from '../axis/operator-cache.js';
import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

const VECTOR = 16;

/** How the cells of a coarser grid lie over those of the finest one, along a side. */
export interface GridNesting {
  /** int32[finest]; the coarser cell in which the centre of each lies. */
  readonly parent: Int32Array;
  /** int32[G + 1]; how many cells of the finest grid lie in each, then a 0. */
  readonly lengths: Int32Array;
  /** int32[finest]; where the row of each begins among rows that are spread to the finest grid. */
  readonly offsets: Int32Array;
}

const cached = createCache<GridNesting>(64);

function gridNesting(gridCells: number, finest: number): GridNesting {
  return cached(`${gridCells} ${finest}`, () => {
    const parent = nearestIndices(gridCells, finest);
    const lengths = new Int32Array(gridCells + 1);
    for (const cell of parent) lengths[cell] = (lengths[cell] as number) + 1;
    return { parent, lengths, offsets: parent.map((row) => row * finest) };
  });
}

/**
 * Adds marks of a coarser grid to votes of the finest one.
 * - `votes` uint8[finest*finest]; `marks` uint8[G*G]
 */
export function addVotes(
  votes: Uint8Array,
  marks: Uint8Array,
  {
    gridCells,
    finest,
    kernel,
  }: { readonly gridCells: number; readonly finest: number; readonly kernel: SimdKernel | null },
): void {
  const nesting = gridNesting(gridCells, finest);
  if (kernel && addWithKernel(kernel, { votes, marks, nesting })) return;
  const { parent } = nesting;
  for (let y = 0, at = 0; y < finest; y++) {
    const row = (parent[y] as number) * gridCells;
    for (let x = 0; x < finest; x++, at++) {
      votes[at] = (votes[at] as number) + (marks[row + (parent[x] as number)] as number);
    }
  }
}

interface Addition {
  readonly votes: Uint8Array;
  readonly marks: Uint8Array;
  readonly nesting: GridNesting;
}

function addWithKernel(kernel: SimdKernel, { votes, marks, nesting: { lengths, offsets } }: Addition): boolean {
  const finest = offsets.length;
  const offsetsAt = votes.length;
  const lengthsAt = offsetsAt + 4 * finest;
  const marksAt = lengthsAt + 4 * lengths.length;
  const wideAt = VECTOR * Math.ceil((marksAt + marks.length) / VECTOR);
  const bytes = wideAt + finest * (lengths.length - 1) + VECTOR;
  if (finest % VECTOR !== 0 || !reserve(kernel, bytes)) return false;
  const { buffer } = kernel.memory;
  const sums = new Uint8Array(buffer, 0, votes.length);
  sums.set(votes);
  new Int32Array(buffer, offsetsAt, finest).set(offsets);
  new Int32Array(buffer, lengthsAt, lengths.length).set(lengths);
  new Uint8Array(buffer, marksAt, marks.length).set(marks);
  kernel.spreadRows(marksAt, 0, lengthsAt, wideAt, marksAt + marks.length);
  kernel.addRows(0, votes.length, wideAt, offsetsAt, finest);
  votes.set(sums);
  return true;
}
