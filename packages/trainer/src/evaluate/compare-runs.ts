import { bootstrapInterval, createRandom } from '@sim4seg/core';
import type { Interval } from '@sim4seg/core';
import type { CaseOutcome } from './case-outcome.js';
import type { DoneCase } from './outcome-file.js';

/** Differences b - a in percent points over the cases that both answered. */
export interface ComparedFigure {
  readonly dataset: string;
  readonly figure: 'IoU' | 'Dice' | 'diagnosis' | 'presence';
  readonly n: number;
  readonly a: number;
  readonly b: number;
  /** Mean difference and its 95% interval by resampling cases, each with both answers. */
  readonly difference: Interval;
  /** Whether the interval leaves zero out. */
  readonly isClear: boolean;
}

export interface RunComparison {
  readonly schemaVersion: 1;
  readonly figures: readonly ComparedFigure[];
  /** Cases that only one of both answered; they do not count. */
  readonly unpaired: number;
}

interface Pair {
  readonly dataset: string;
  readonly a: CaseOutcome;
  readonly b: CaseOutcome;
}

const FIGURES: Readonly<Record<ComparedFigure['figure'], (outcome: CaseOutcome) => number | null>> = {
  IoU: ({ mask }) => (mask ? 100 * mask.iou : null),
  Dice: ({ mask }) => (mask ? 100 * mask.dice : null),
  diagnosis: ({ diagnosis }) => (diagnosis ? percent(diagnosis.predicted === diagnosis.truth) : null),
  presence: ({ presence }) =>
    presence ? percent(presence.answer === (presence.group === 'present' ? 'present' : 'absent')) : null,
};

const percent = (right: boolean): number => (right ? 100 : 0);

/** Paired bootstrap of two evaluations, for each dataset and over all of them (`all`). */
export function compareRuns(
  a: readonly DoneCase[],
  b: readonly DoneCase[],
  { seed = 0 }: { seed?: number } = {},
): RunComparison {
  const [mine, theirs] = [byKey(a), byKey(b)];
  const pairs = [...mine].flatMap(([key, outcome]): Pair[] => {
    const other = theirs.get(key);
    return other ? [{ dataset: outcome.dataset, a: outcome, b: other }] : [];
  });
  const names = [...new Set(pairs.map(({ dataset }) => dataset))];
  const groups = [...names, ...(names.length > 1 ? ['all'] : [])].map((name) => ({
    name,
    own: name === 'all' ? pairs : pairs.filter(({ dataset }) => dataset === name),
  }));
  const figures = groups.flatMap(({ name, own }) => comparedFigures(name, own, seed));
  return { schemaVersion: 1, figures, unpaired: mine.size + theirs.size - 2 * pairs.length };
}

function byKey(cases: readonly DoneCase[]): Map<string, CaseOutcome> {
  const outcomes = cases.flatMap((done) => done.outcomes);
  return new Map(outcomes.map((outcome) => [JSON.stringify([outcome.dataset, outcome.id]), outcome]));
}

function comparedFigures(dataset: string, pairs: readonly Pair[], seed: number): ComparedFigure[] {
  return Object.entries(FIGURES).flatMap(([figure, read]): ComparedFigure[] => {
    const rows = pairs.flatMap((pair): (readonly [number, number])[] => {
      const [a, b] = [read(pair.a), read(pair.b)];
      return a === null || b === null ? [] : [[a, b]];
    });
    if (rows.length === 0) return [];
    const random = createRandom(seed).fork(`${dataset}/${figure}`);
    const difference = bootstrapInterval(rows, (drawn) => mean(drawn.map(([a, b]) => b - a)), { random });
    return [
      {
        ...{ dataset, figure: figure as ComparedFigure['figure'], n: rows.length, difference },
        a: mean(rows.map(([value]) => value)),
        b: mean(rows.map(([, value]) => value)),
        isClear: difference.low > 0 || difference.high < 0,
      },
    ];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
