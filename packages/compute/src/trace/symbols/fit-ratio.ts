import { product } from './expression.js';
import type { Expression } from './expression.js';
import { fitExpression, monomials } from './fit-expression.js';

/** A fixed factor times, or divided by, an expression of symbols: the share 1 / n of a mean, for instance. */
export interface Ratio {
  readonly factor: number;
  readonly op: 'Mul' | 'Div';
  readonly expression: Expression;
}

/** Twice the rounding of float32. */
const EPSILON = 2 ** -22;

function constantOver(values: readonly number[], scale: (i: number) => number): number | null {
  const factor = values[0]! * scale(0);
  const same = values.every((x, i) => Math.abs(x * scale(i) - factor) <= EPSILON * Math.abs(factor));
  return same ? factor : null;
}

function reciprocal(values: readonly number[], samples: readonly (readonly number[])[]): Ratio | null {
  const sign = Math.sign(values[0]!);
  const counts = values.map((x) => Math.round(sign / x));
  if (!counts.every((count, i) => Math.abs(sign / count - values[i]!) <= EPSILON * Math.abs(values[i]!))) return null;
  const expression = fitExpression(counts, samples);
  return expression && { factor: sign, op: 'Div', expression };
}

/** Finds how a float moves with the sizes; null where it does not follow them. */
export function fitRatio(values: readonly number[], samples: readonly (readonly number[])[]): Ratio | null {
  if (values.some((x) => x === 0 || !Number.isFinite(x))) return null;
  for (const powers of monomials(samples[0]!.length).slice(1)) {
    const sizeOf = (i: number): number => product(powers, samples[i]!);
    const expression: Expression = { terms: [{ factor: 1, powers }], divisor: 1 };
    const under = constantOver(values, sizeOf);
    if (under !== null) return { factor: under, op: 'Div', expression };
    const over = constantOver(values, (i) => 1 / sizeOf(i));
    if (over !== null) return { factor: over, op: 'Mul', expression };
  }
  return reciprocal(values, samples);
}
