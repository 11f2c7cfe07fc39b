import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { compareRuns, readOutcomes } from '@sim4seg/trainer';
import type { DoneCase, RunComparison } from '@sim4seg/trainer';
import { textTable } from './text-table.js';
import { writeReport } from './write-report.js';

interface CompareOptions {
  readonly json?: string;
}

/** `sim4seg compare`: two evaluations of the same cases, by paired bootstrap. @throws USAGE, CASES_INVALID */
export async function compareCommand(a: string, b: string, options: CompareOptions): Promise<void> {
  const comparison = compareRuns(casesOf(a), casesOf(b));
  if (comparison.figures.length === 0) {
    throw new Sim4SegError('CASES_INVALID', {
      must: 'Both runs must have answered some of the same cases',
      got: `${comparison.unpaired} cases, none of them in both`,
      fix: 'Evaluate both on the same --cases and --split',
    });
  }
  await writeReport(comparison, comparisonLines(comparison), options.json);
}

/** A folder of `eval --save`, or a run folder of `train` with evaluations on the way (its best one). */
function casesOf(folder: string): readonly DoneCase[] {
  const path = folder.endsWith('.jsonl') ? folder : join(folder, 'outcomes.jsonl');
  if (existsSync(path)) return readOutcomes(path).cases;
  throw new Sim4SegError('USAGE', {
    must: 'A run to compare is a folder of sim4seg eval --save, or of sim4seg train with training.evaluation',
    got: `${path}, which is not there`,
    fix: 'Run sim4seg eval --cases ... --save <folder> first',
  });
}

function comparisonLines({ figures, unpaired }: RunComparison): string[] {
  const columns = [
    { head: 'dataset' },
    { head: 'figure' },
    ...['n', 'A', 'B', 'B - A [95%]'].map((head) => ({ head, align: 'right' }) as const),
    { head: '' },
  ];
  const rows = figures.map(({ dataset, figure, n, a, b, difference, isClear }) => [
    ...[dataset, figure, String(n), a.toFixed(1), b.toFixed(1)],
    `${signed(difference.mean)} [${signed(difference.low)}, ${signed(difference.high)}]`,
    isClear ? (difference.mean > 0 ? 'B is better' : 'A is better') : 'no clear difference',
  ]);
  const left = unpaired > 0 ? [`${unpaired} answers have no counterpart and do not count`] : [];
  return [...textTable(columns, rows), ...left];
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;
