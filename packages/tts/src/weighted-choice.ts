import { Sim4SegError } from '@sim4seg/core';
import type { Selection } from '@sim4seg/core';
import { z } from 'zod';

/** Options of the selectors that ship. */
export const selectorOptionsSchema = z.strictObject({
  /** What a unit of each configured scorer adds to a candidate's score, in the order of `scorers`; missing ones add nothing. */
  weights: z.array(z.number()).default([]),
});

export type SelectorOptions = z.output<typeof selectorOptionsSchema>;

/**
 * The candidate with the highest score; the first of equals. The choice can be recomputed from the scores that it lists.
 * - `own`: the selector's own score of each candidate; `rows`: one row of scores a configured scorer
 * @throws USAGE without candidates, NOT_FINITE when a score is no number
 */
export function chooseHighest(
  own: readonly number[],
  rows: readonly (readonly number[])[],
  { weights }: SelectorOptions,
): Selection {
  const scores = own.map((score, i) =>
    rows.reduce((sum, row, scorer) => sum + (weights[scorer] ?? 0) * (row[i] ?? Number.NaN), score),
  );
  scores.forEach(expectScore);
  if (scores.length === 0) {
    throw new Sim4SegError('USAGE', {
      must: 'a selector gets at least one candidate',
      got: 'none',
      fix: 'ask for a selection only where a path drew a mask',
    });
  }
  return { index: scores.indexOf(Math.max(...scores)), scores };
}

function expectScore(score: number, index: number): void {
  if (Number.isFinite(score)) return;
  throw new Sim4SegError('NOT_FINITE', {
    must: 'every candidate has a finite score',
    got: `${score} for candidate ${index}`,
    fix: 'check the scorers, and the mask decoder where the estimate itself is no number',
  });
}
