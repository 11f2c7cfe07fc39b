import type { ParsedDiagnosis } from './parse-diagnosis.js';

/** One path's vote. */
export interface DiagnosisVote {
  readonly diagnosis: ParsedDiagnosis;
  /** Mean token log-probability of the path. */
  readonly pathLogProb: number;
}

/**
 * Majority vote of the paths on the diagnosis; `unparsed` votes count only where nobody else votes. A tie goes to the
 * label with the most probable path.
 */
export function voteDiagnosis(votes: readonly DiagnosisVote[]): ParsedDiagnosis {
  const tallies = new Map<string, { diagnosis: ParsedDiagnosis; count: number; best: number }>();
  for (const { diagnosis, pathLogProb } of votes) {
    if (diagnosis === 'unparsed') continue;
    const tally = tallies.get(diagnosis.id) ?? { diagnosis, count: 0, best: -Infinity };
    tallies.set(diagnosis.id, { ...tally, count: tally.count + 1, best: Math.max(tally.best, pathLogProb) });
  }
  const [winner] = [...tallies.values()].sort((a, b) => b.count - a.count || b.best - a.best);
  return winner?.diagnosis ?? 'unparsed';
}
