import { PROMPT_LOGIT } from '../prompt-logits.js';
import { reserve } from './simd-kernel.js';
import type { SimdKernel } from './simd-kernel.js';

/** Logits from mixed values: held between both, or the one or the other by the sign (0 is inside). */
export type LogitForm = 'clamp' | 'cut';

/** What becomes of mixed values: logits, or what they are. */
export type MixForm = LogitForm | 'keep';

/** Which rows of the source each row of the output mixes, and by what weights. */
export interface RowTable {
  /** int32[rows]; index of the upper one; the lower one is the next, and it exists. */
  readonly starts: Int32Array;
  /** float32[rows,2]. */
  readonly weights: Float32Array;
}

/** Rows to be mixed: float32[n,width]. */
export interface WideRows {
  readonly data: Float32Array;
  readonly width: number;
}

const WORDS_A_ROW = 3;

/**
 * The first rows of `out` from a map that already has its width: two rows mixed at a time, then perhaps made logits. All
 * sums in float32; with and without a kernel the bits are the same.
 */
export function mixRows(
  wide: WideRows,
  table: RowTable,
  { form, out, kernel }: { readonly form: MixForm; readonly out: Float32Array; readonly kernel: SimdKernel | null },
): void {
  const mixed = kernel && wide.width % 4 === 0 ? mixWithKernel(kernel, { wide, table, form, out }) : false;
  if (!mixed) mixPlain(wide, table, { form, out });
}

function mixPlain(
  { data, width }: WideRows,
  { starts, weights }: RowTable,
  { form, out }: { readonly form: MixForm; readonly out: Float32Array },
): void {
  const finish = FINISH[form];
  for (let y = 0; y < starts.length; y++) {
    const first = (starts[y] as number) * width;
    const upper = weights[2 * y] as number;
    const lower = weights[2 * y + 1] as number;
    for (let x = 0; x < width; x++) {
      const above = Math.fround((data[first + x] as number) * upper);
      const below = Math.fround((data[first + width + x] as number) * lower);
      out[y * width + x] = finish(Math.fround(above + below));
    }
  }
}

const clamp = (value: number): number =>
  value > PROMPT_LOGIT ? PROMPT_LOGIT : value < -PROMPT_LOGIT ? -PROMPT_LOGIT : value;
const cut = (value: number): number => (value >= 0 ? PROMPT_LOGIT : -PROMPT_LOGIT);

const FINISH: Readonly<Record<MixForm, (value: number) => number>> = { keep: (value) => value, clamp, cut };

interface Mix {
  readonly wide: WideRows;
  readonly table: RowTable;
  readonly form: MixForm;
  readonly out: Float32Array;
}

function mixWithKernel(kernel: SimdKernel, { wide, table, form, out }: Mix): boolean {
  const { data, width } = wide;
  const rows = table.starts.length;
  const tableAt = 4 * data.length;
  const outAt = tableAt + 16 * Math.ceil((4 * WORDS_A_ROW * rows) / 16);
  if (rows === 0 || !reserve(kernel, outAt + 4 * rows * width)) return rows === 0;
  const { buffer } = kernel.memory;
  new Float32Array(buffer, 0, data.length).set(data);
  const offsets = new Int32Array(buffer, tableAt, WORDS_A_ROW * rows);
  const weights = new Float32Array(buffer, tableAt, WORDS_A_ROW * rows);
  for (let y = 0; y < rows; y++) {
    offsets[WORDS_A_ROW * y] = 4 * width * (table.starts[y] as number);
    weights[WORDS_A_ROW * y + 1] = table.weights[2 * y] as number;
    weights[WORDS_A_ROW * y + 2] = table.weights[2 * y + 1] as number;
  }
  kernel[`${form}Rows`](0, tableAt, outAt, rows, 4 * width);
  out.set(new Float32Array(buffer, outAt, rows * width));
  return true;
}
