import { I32, V128 } from './wasm-bytes.js';
import type { Code, WasmFunction } from './wasm-bytes.js';
import {
  add,
  addI8x16,
  andV128,
  get,
  greaterF32x4,
  increase,
  lessThan,
  loadByte,
  loadI32,
  loadSplat,
  loadV128,
  maxF32x4,
  minF32x4,
  narrowI16x8,
  narrowI32x4,
  repeatWhile,
  set,
  small,
  splatByte,
  storeV128,
  subI32x4,
  timesFour,
} from './wasm-instructions.js';

const FOUR_VECTORS = [0, 16, 32, 48] as const;
const ONE_VECTOR = 16;

/** range(values, end, out): the least and the largest of four lanes each, float32[8] at `out`; a multiple of four values. */
export function range(): WasmFunction {
  const [values, end, out, low, high, value] = [0, 1, 2, 3, 4, 5];
  const four: Code = [
    set(value, loadV128(get(values))),
    set(low, minF32x4(get(low), get(value))),
    set(high, maxF32x4(get(high), get(value))),
    increase(values, small(ONE_VECTOR)),
  ];
  return {
    name: 'range',
    params: 3,
    locals: [[3, V128]],
    body: [
      set(low, loadV128(get(values))),
      set(high, get(low)),
      repeatWhile(four, lessThan(get(values), get(end))),
      storeV128(get(out), get(low)),
      storeV128(get(out), get(high), ONE_VECTOR),
    ],
  };
}

/**
 * countAbove(values, end, limit, out): how many values are above the float32 at `limit`, in four parts, int32[4] at
 * `out`; a multiple of sixteen values.
 */
export function countAbove(): WasmFunction {
  const [values, end, limit, out, border, count] = [0, 1, 2, 3, 4, 5];
  // A lane that is above is -1.
  const sixteen: Code = FOUR_VECTORS.map((offset) =>
    set(count, subI32x4(get(count), greaterF32x4(loadV128(get(values), offset), get(border)))),
  );
  return {
    name: 'countAbove',
    params: 4,
    locals: [[2, V128]],
    body: [
      set(border, loadSplat(get(limit), 0)),
      repeatWhile([sixteen, nextSixteen(values)], lessThan(get(values), get(end))),
      storeV128(get(out), get(count)),
    ],
  };
}

/** markAbove(values, end, limit, out): uint8 at `out`, 1 for values above the float32 at `limit`; a multiple of sixteen. */
export function markAbove(): WasmFunction {
  const [values, end, limit, out, border] = [0, 1, 2, 3, 4];
  const [first, second, third, fourth] = FOUR_VECTORS.map((offset) =>
    greaterF32x4(loadV128(get(values), offset), get(border)),
  ) as [Code, Code, Code, Code];
  const marks = andV128(narrowI16x8(narrowI32x4(first, second), narrowI32x4(third, fourth)), splatByte(small(1)));
  return {
    name: 'markAbove',
    params: 4,
    locals: [[1, V128]],
    body: [
      set(border, loadSplat(get(limit), 0)),
      repeatWhile(
        [storeV128(get(out), marks), nextSixteen(values), increase(out, small(ONE_VECTOR))],
        lessThan(get(values), get(end)),
      ),
    ],
  };
}

/** What a cell becomes: four float32 from the palette, or sixteen times its byte. */
const SAMPLES = {
  paintRows: (cell: Code, palette: Code): Code => loadSplat(add(palette, timesFour(cell)), 0),
  spreadRows: (cell: Code): Code => splatByte(cell),
} as const;

/**
 * paintRows and spreadRows(cells, palette, lengths, out, end): each of the cells, uint8 from `cells` to `end`, becomes
 * samples, its float32 in `palette` or its own byte, as many bytes as are said in `lengths`, int32 a cell of a row, which
 * ends with a 0. Writes up to a vector too much behind a cell, which the next cell writes anew.
 */
export function paintRows(name: keyof typeof SAMPLES): WasmFunction {
  const [cells, palette, lengths, out, end, length, place, border, value] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const samples: Code = [storeV128(get(place), get(value)), increase(place, small(ONE_VECTOR))];
  const cell: Code = [
    set(value, SAMPLES[name](loadByte(get(cells)), get(palette))),
    set(border, add(get(out), loadI32(get(length)))),
    set(place, get(out)),
    repeatWhile(samples, lessThan(get(place), get(border))),
    set(out, get(border)),
    increase(cells, small(1)),
    increase(length, small(4)),
  ];
  return {
    name,
    params: 5,
    locals: [
      [3, I32],
      [1, V128],
    ],
    body: repeatWhile(
      [set(length, get(lengths)), repeatWhile(cell, loadI32(get(length)))],
      lessThan(get(cells), get(end)),
    ),
  };
}

/**
 * addRows(out, end, rows, table, stride): adds to each row of bytes from `out` to `end` one of `rows`, that at the offset
 * said in `table`, int32 a row; rows are `stride` bytes long, a multiple of sixteen.
 */
export function addRows(): WasmFunction {
  const [out, end, rows, table, stride, source, border] = [0, 1, 2, 3, 4, 5, 6];
  const sixteen: Code = [
    storeV128(get(out), addI8x16(loadV128(get(out)), loadV128(get(source)))),
    increase(source, small(ONE_VECTOR)),
    increase(out, small(ONE_VECTOR)),
  ];
  const row: Code = [
    set(source, add(get(rows), loadI32(get(table)))),
    set(border, add(get(out), get(stride))),
    repeatWhile(sixteen, lessThan(get(out), get(border))),
    increase(table, small(4)),
  ];
  return {
    name: 'addRows',
    params: 5,
    locals: [[2, I32]],
    body: repeatWhile(row, lessThan(get(out), get(end))),
  };
}

/** `small` reaches to 63. */
function nextSixteen(values: number): Code {
  return [increase(values, small(32)), increase(values, small(32))];
}
