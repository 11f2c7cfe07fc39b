import { sizeOf } from '../../kernel/shapes.js';

/** The same constant as two or more traces with other sizes recorded it. */
export interface RecordedArray {
  readonly shape: readonly number[];
  readonly numbers: ArrayLike<number>;
}

/** How an array whose size moved is made: one number everywhere, or numbers that rise evenly. */
export type ArrayRule =
  | { readonly kind: 'fill'; readonly value: number }
  /** Rises along one axis and is the same along the others. */
  | { readonly kind: 'axis'; readonly axis: number; readonly start: number; readonly step: number }
  /** Rises in row-major order. */
  | { readonly kind: 'flat'; readonly start: number; readonly step: number };

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

const strideOf = (shape: readonly number[], axis: number): number => sizeOf(shape.slice(axis + 1));

function follows({ shape, numbers }: RecordedArray, rule: ArrayRule): boolean {
  const index = (i: number): number => {
    if (rule.kind !== 'axis') return i;
    return Math.floor(i / strideOf(shape, rule.axis)) % shape[rule.axis]!;
  };
  for (let i = 0; i < numbers.length; i += 1) {
    const expected = rule.kind === 'fill' ? rule.value : rule.start + rule.step * index(i);
    if (!close(numbers[i]!, expected)) return false;
  }
  return true;
}

function candidates({ shape, numbers }: RecordedArray): ArrayRule[] {
  const start = numbers[0] ?? 0;
  const flat: ArrayRule = { kind: 'flat', start, step: (numbers[1] ?? start) - start };
  const axes = shape.map((size, axis): ArrayRule => {
    const next = numbers[strideOf(shape, axis)] ?? start;
    return { kind: 'axis', axis, start, step: size > 1 ? next - start : 0 };
  });
  return [{ kind: 'fill', value: start }, ...axes, flat];
}

/** The rule that all recordings follow, or null. */
export function fitArray(recorded: readonly RecordedArray[]): ArrayRule | null {
  return candidates(recorded[0]!).find((rule) => recorded.every((array) => follows(array, rule))) ?? null;
}
