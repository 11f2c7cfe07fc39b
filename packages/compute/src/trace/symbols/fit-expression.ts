import { evaluate, product } from './expression.js';
import type { Expression } from './expression.js';

/** Highest degree of the products in a sum of one, two and three terms: longer sums of high ones are unlikely. */
const MAX_DEGREES = [6, 3, 2];
const DIVISORS = [1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 36, 48, 64, 128, 256, 512, 1024];

/** All products of symbols up to a degree, lowest degree first. */
export function monomials(symbols: number, maxDegree = 3): readonly (readonly number[])[] {
  const grow = (count: number, degree: number): number[][] => {
    if (count === 0) return [[]];
    return Array.from({ length: degree + 1 }, (_, power) => power).flatMap((power) =>
      grow(count - 1, degree - power).map((rest) => [power, ...rest]),
    );
  };
  const degreeOf = (powers: readonly number[]): number => powers.reduce((a, b) => a + b, 0);
  const firstSymbolFirst = (a: readonly number[], b: readonly number[]): number => {
    const at = a.findIndex((power, i) => power !== b[i]);
    return (b[at] ?? 0) - (a[at] ?? 0);
  };
  return grow(symbols, maxDegree).sort((a, b) => degreeOf(a) - degreeOf(b) || firstSymbolFirst(a, b));
}

/** Solves a square system by elimination with the largest pivot; null where it has no single solution. */
function solveLinear(rows: readonly (readonly number[])[]): number[] | null {
  const m = rows.map((row) => [...row]);
  for (let column = 0; column < m.length; column += 1) {
    const pivot = m.reduce((best, row, i) => {
      return i > column && Math.abs(row[column]!) > Math.abs(m[best]![column]!) ? i : best;
    }, column);
    if (m[pivot]![column] === 0) return null;
    [m[column], m[pivot]] = [m[pivot]!, m[column]!];
    const lead = m[column]!;
    m.forEach((row, i) => {
      if (i === column) return;
      const factor = row[column]! / lead[column]!;
      lead.forEach((x, j) => (row[j]! -= factor * x));
    });
  }
  return m.map((row, i) => row.at(-1)! / row[i]!);
}

function rational(factors: readonly number[], powers: readonly (readonly number[])[]): Expression | null {
  for (const divisor of DIVISORS) {
    const whole = factors.map((factor) => Math.round(factor * divisor));
    const near = factors.every((factor, i) => Math.abs(factor * divisor - whole[i]!) < 1e-5);
    if (!near || whole.some((factor) => factor === 0)) continue;
    return { terms: whole.map((factor, i) => ({ factor, powers: powers[i]! })), divisor };
  }
  return null;
}

function* choices<T>(items: readonly T[], count: number, from = 0): Generator<T[]> {
  if (count === 0) yield [];
  else for (let i = from; i < items.length; i += 1) for (const rest of choices(items, count - 1, i + 1)) yield [items[i]!, ...rest]; // prettier-ignore
}

function fitTerms(
  values: readonly number[],
  samples: readonly (readonly number[])[],
  powers: readonly (readonly number[])[],
): Expression | null {
  const rows = powers.map((_, i) => [...powers.map((p) => product(p, samples[i]!)), values[i]!]);
  const factors = solveLinear(rows);
  const found = factors && rational(factors, powers);
  return found && samples.every((sizes, i) => evaluate(found, sizes) === values[i]) ? found : null;
}

/**
 * The shortest sum of products of symbols that gives every value for its sizes, or null where there is none. More
 * samples than terms make an accidental fit all but impossible.
 * @param values what was recorded with each sample
 * @param samples sizes of the symbols, one list a sample
 */
export function fitExpression(values: readonly number[], samples: readonly (readonly number[])[]): Expression | null {
  if (!values.every(Number.isSafeInteger)) return null;
  const symbols = samples[0]!.length;
  for (let count = 1; count <= Math.min(MAX_DEGREES.length, samples.length - 1); count += 1) {
    // With one or two symbols even the sums of three have few candidates.
    const degree = symbols <= 2 ? Math.max(3, MAX_DEGREES[count - 1]!) : MAX_DEGREES[count - 1]!;
    for (const powers of choices(monomials(symbols, degree), count)) {
      const found = fitTerms(values, samples, powers);
      if (found) return found;
    }
  }
  return null;
}
