/** Integer factor times symbols to the given powers, one power a symbol. */
export interface Term {
  readonly factor: number;
  readonly powers: readonly number[];
}

/** A size as a function of symbols: a sum of terms over one whole divisor, which divides it without rest. */
export interface Expression {
  readonly terms: readonly Term[];
  readonly divisor: number;
}

export const product = (powers: readonly number[], sizes: readonly number[]): number =>
  powers.reduce((result, power, i) => result * sizes[i]! ** power, 1);

/** The value for one set of sizes, in the order of the symbols. */
export function evaluate({ terms, divisor }: Expression, sizes: readonly number[]): number {
  return terms.reduce((sum, { factor, powers }) => sum + factor * product(powers, sizes), 0) / divisor;
}

function formatTerm({ factor, powers }: Term, symbols: readonly string[]): string {
  const names = powers.flatMap((power, i) => new Array<string>(power).fill(symbols[i]!));
  if (names.length === 0) return String(factor);
  return factor === 1 ? names.join('*') : [factor, ...names].join('*');
}

/** For people and for the names of dims, such as `batch*tokens` or `(2*tokens + 1)/3`. */
export function formatExpression({ terms, divisor }: Expression, symbols: readonly string[]): string {
  const sum = terms.map((term) => formatTerm(term, symbols)).join(' + ');
  if (divisor === 1) return sum;
  return terms.length > 1 ? `(${sum})/${divisor}` : `${sum}/${divisor}`;
}
