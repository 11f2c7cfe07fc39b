import type { Presence } from '../contracts/presence.js';

/** Share of correct diagnoses beside what always answering the most common label would reach; 0..1. */
export interface AccuracyReport {
  readonly n: number;
  readonly accuracy: number;
  readonly majority: number;
}

/** One answered case with a known diagnosis; `predicted` is null where the text was not parsed, which counts as wrong. */
export interface DiagnosisOutcome {
  readonly predicted: string | null;
  readonly truth: string;
}

/** Accuracy and majority-class share; both NaN without cases. */
export function diagnosisAccuracy(outcomes: readonly DiagnosisOutcome[]): AccuracyReport {
  const counts = new Map<string, number>();
  for (const { truth } of outcomes) counts.set(truth, (counts.get(truth) ?? 0) + 1);
  const correct = outcomes.filter(({ predicted, truth }) => predicted === truth).length;
  const most = Math.max(0, ...counts.values());
  return { n: outcomes.length, accuracy: correct / outcomes.length, majority: most / outcomes.length };
}

/**
 * The three groups in which presence is reported apart: the target is there; it is absent in the same kind of image; it
 * is absent because the image is of another kind.
 */
export type PresenceGroup = 'present' | 'absent-same-kind' | 'absent-other-kind';

export interface PresenceOutcome {
  readonly group: PresenceGroup;
  readonly answer: Presence;
}

/** Recalls 0..1, null for a group without cases. `balanced` speaks of the first two groups alone. */
export interface PresenceReport {
  readonly n: Readonly<Record<PresenceGroup, number>>;
  readonly recall: Readonly<Record<PresenceGroup, number | null>>;
  /** Mean of the recalls of 'present' and 'absent-same-kind'. */
  readonly balanced: number | null;
  /** As `balanced`, both kinds of absence pooled. */
  readonly balancedAll: number | null;
}

/** Presence as balanced accuracy; 'unsure' is not correct in any group. */
export function presenceReport(outcomes: readonly PresenceOutcome[]): PresenceReport {
  const of = (...groups: PresenceGroup[]): PresenceOutcome[] => outcomes.filter(({ group }) => groups.includes(group));
  const present = of('present');
  const same = of('absent-same-kind');
  const other = of('absent-other-kind');
  return {
    n: { present: present.length, 'absent-same-kind': same.length, 'absent-other-kind': other.length },
    recall: { present: recall(present), 'absent-same-kind': recall(same), 'absent-other-kind': recall(other) },
    balanced: meanOrNull(recall(present), recall(same)),
    balancedAll: meanOrNull(recall(present), recall([...same, ...other])),
  };
}

function recall(outcomes: readonly PresenceOutcome[]): number | null {
  if (outcomes.length === 0) return null;
  const right = outcomes.filter(({ group, answer }) => answer === (group === 'present' ? 'present' : 'absent'));
  return right.length / outcomes.length;
}

function meanOrNull(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : (a + b) / 2;
}
