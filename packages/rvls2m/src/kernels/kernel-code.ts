import { PROMPT_LOGIT } from '../prompt-logits.js';
import { I32, V128 } from './wasm-bytes.js';
import type { Code, WasmFunction } from './wasm-bytes.js';
import {
  add,
  addF32x4,
  addF64,
  addF64x2,
  constantF32x4,
  countDown,
  demote,
  get,
  increase,
  isPositive,
  laneF64,
  lessThan,
  loadF64,
  loadI32,
  loadPromoted,
  loadSplat,
  loadTwoPromoted,
  loadV128,
  maxF32x4,
  minF32x4,
  mulF32x4,
  mulF64,
  mulF64x2,
  repeatWhile,
  selectGreaterEqual,
  set,
  small,
  storeF32,
  storeV128,
  zeros,
} from './wasm-instructions.js';

/**
 * dotRows(tokens, seg, out, groups, stride): dot products of groups of four rows, float32, with `seg`, float64; sums in
 * float64, even and odd places apart, then added and rounded once. Addresses and stride in bytes; an even width.
 */
export function dotRows(): WasmFunction {
  const [tokens, seg, out, groups, stride, second, third, fourth, place, end] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const rows = [tokens, second, third, fourth];
  const sums = [10, 11, 12, 13];
  const factor = 14;
  const startGroup: Code = [
    set(second, add(get(tokens), get(stride))),
    set(third, add(get(second), get(stride))),
    set(fourth, add(get(third), get(stride))),
    set(end, get(second)),
    set(place, get(seg)),
    sums.map((sum) => set(sum, zeros)),
  ];
  const onePlace: Code = [
    set(factor, loadV128(get(place))),
    rows.map((row, i) => {
      const sum = sums[i] as number;
      return set(sum, addF64x2(get(sum), mulF64x2(loadTwoPromoted(get(row)), get(factor))));
    }),
    rows.map((row) => increase(row, small(8))),
    increase(place, small(16)),
  ];
  const total = (sum: number): Code => demote(addF64(laneF64(get(sum), 0), laneF64(get(sum), 1)));
  const endGroup: Code = [
    sums.map((sum, i) => storeF32(get(out), total(sum), 4 * i)),
    increase(out, small(16)),
    set(tokens, get(fourth)),
  ];
  return {
    name: 'dotRows',
    params: 5,
    locals: [
      [5, I32],
      [5, V128],
    ],
    body: repeatWhile(
      [startGroup, repeatWhile(onePlace, lessThan(get(tokens), get(end))), endGroup],
      countDown(groups),
    ),
  };
}

/** What becomes of a mixed value: nothing, held between both logits, or the one or the other by its sign. */
const FINISH = {
  keepRows: (value: Code): Code => value,
  clampRows: (value: Code): Code =>
    minF32x4(maxF32x4(value, constantF32x4(-PROMPT_LOGIT)), constantF32x4(PROMPT_LOGIT)),
  cutRows: (value: Code): Code =>
    selectGreaterEqual(constantF32x4(PROMPT_LOGIT), constantF32x4(-PROMPT_LOGIT), [value, zeros]),
} as const;

/**
 * keepRows, clampRows and cutRows(wide, table, out, rows, stride): each row of the output mixes two neighbouring rows of `wide`.
 * `table` holds three words a row: byte offset of the first of both in `wide` (int32), and their weights (float32).
 */
export function mixRows(name: keyof typeof FINISH): WasmFunction {
  const [wide, table, out, rows, stride, first, second, end] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [upper, lower] = [8, 9];
  const startRow: Code = [
    set(first, add(get(wide), loadI32(get(table)))),
    set(second, add(get(first), get(stride))),
    set(end, get(second)),
    set(upper, loadSplat(get(table), 4)),
    set(lower, loadSplat(get(table), 8)),
  ];
  const mixed = addF32x4(mulF32x4(loadV128(get(first)), get(upper)), mulF32x4(loadV128(get(second)), get(lower)));
  const fourPlaces: Code = [
    storeV128(get(out), FINISH[name](mixed)),
    [first, second, out].map((address) => increase(address, small(16))),
  ];
  return {
    name,
    params: 5,
    locals: [
      [3, I32],
      [2, V128],
    ],
    body: repeatWhile(
      [startRow, repeatWhile(fourPlaces, lessThan(get(first), get(end))), increase(table, small(12))],
      countDown(rows),
    ),
  };
}

/**
 * mixColumns(map, end, table, out, stride): each row of `map`, `stride` bytes long, from `map` to `end`, becomes as many
 * outputs as `table` has entries, each a mix of two neighbours. An entry holds the byte offset of the first of both
 * (int32), 4 bytes of nothing and their weights (float64); a negative offset ends the table. Sums in float64.
 */
export function mixColumns(): WasmFunction {
  const [map, end, table, out, stride, entry, source] = [0, 1, 2, 3, 4, 5, 6];
  const mixed = addF64(
    mulF64(loadF64(get(entry), 8), loadPromoted(get(source), 0)),
    mulF64(loadF64(get(entry), 16), loadPromoted(get(source), 4)),
  );
  const output: Code = [
    set(source, add(get(map), loadI32(get(entry)))),
    storeF32(get(out), demote(mixed), 0),
    increase(out, small(4)),
    increase(entry, small(24)),
  ];
  return {
    name: 'mixColumns',
    params: 5,
    locals: [[2, I32]],
    body: repeatWhile(
      [set(entry, get(table)), repeatWhile(output, isPositive(loadI32(get(entry)))), increase(map, get(stride))],
      lessThan(get(map), get(end)),
    ),
  };
}
