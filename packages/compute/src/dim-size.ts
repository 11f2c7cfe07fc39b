import type { Dim } from './program.js';

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** A dim as a sum of products; a plain symbol is a sum of one product of one factor. */
const termsOf = (dim: string): string[][] =>
  dim.split('+').map((term) => term.split('*').map((factor) => factor.trim()));

/** Whether a dim is a size that follows from symbols, such as `prefix + suffix + 1`. */
export const isComputed = (dim: Dim): boolean => typeof dim === 'string' && /[+*]/.test(dim);

/** The symbols in a dim: none in a number, several in a sum or product. */
export function symbolsIn(dim: Dim): string[] {
  if (typeof dim === 'number') return [];
  return isComputed(dim) ? termsOf(dim).flat().filter((factor) => !isNumber(factor)) : [dim]; // prettier-ignore
}

/** The size of a dim; undefined where a symbol in it has none. */
export function sizeOfDim(dim: Dim, sizes: Readonly<Record<string, number>>): number | undefined {
  if (typeof dim === 'number') return dim;
  if (!isComputed(dim)) return sizes[dim];
  const size = (factor: string): number => (isNumber(factor) ? Number(factor) : (sizes[factor] ?? NaN));
  const sum = termsOf(dim).reduce((total, factors) => total + factors.reduce((product, f) => product * size(f), 1), 0);
  return Number.isNaN(sum) ? undefined : sum;
}
