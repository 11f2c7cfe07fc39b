import { bootstrapInterval, createRandom, diagnosisAccuracy, presenceReport } from '@sim4seg/core';
import type { Interval, PresenceOutcome } from '@sim4seg/core';
import type { CaseOutcome } from './case-outcome.js';

export const EVALUATION_SCHEMA_VERSION = 1;

/** Figures over some cases, in percent; null where no case speaks of it. */
export interface EvaluationFigures {
  readonly n: number;
  /** Mean of IoU over cases with a mask, and its 95% bootstrap interval. */
  readonly gIoU: Interval | null;
  readonly cIoU: number | null;
  readonly dice: number | null;
  readonly accuracy: number | null;
  /** Share of the most frequent diagnosis: what a constant answer would reach. */
  readonly majority: number | null;
  /** Balanced over present and absent in the same kind of image; recall of the one group where only one has cases. */
  readonly presence: number | null;
  readonly presenceGroups: Readonly<Record<'present' | 'absentSameKind' | 'absentOtherKind', GroupFigures>>;
  /** Share of present cases in whose answer the model wrote a [SEG]. */
  readonly segRate: number | null;
}

export interface GroupFigures {
  readonly n: number;
  readonly recall: number | null;
}

export interface DatasetFigures extends EvaluationFigures {
  readonly name: string;
}

/** Form of `sim4seg eval --json`. */
export interface EvaluationReport {
  readonly schemaVersion: typeof EVALUATION_SCHEMA_VERSION;
  readonly datasets: readonly DatasetFigures[];
  /** Over all cases. */
  readonly micro: EvaluationFigures;
  /** Means over the datasets that have the figure. */
  readonly macro: Readonly<
    Record<'gIoU' | 'cIoU' | 'dice' | 'accuracy' | 'majority' | 'presence' | 'segRate', number | null>
  >;
  /** Cases that could not be answered. */
  readonly failed: readonly {
    readonly dataset: string;
    readonly id: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Sums outcomes up by dataset and over all. */
export function reportOf(
  outcomes: readonly CaseOutcome[],
  { bootstrapSeed, failed = [] }: { bootstrapSeed: number; failed?: EvaluationReport['failed'] },
): EvaluationReport {
  const names = [...new Set(outcomes.map(({ dataset }) => dataset))];
  const datasets = names.map((name) => {
    return {
      name,
      ...figuresOf(
        outcomes.filter(({ dataset }) => dataset === name),
        `${bootstrapSeed}/${name}`,
      ),
    };
  });
  const macroOf = (read: (figures: EvaluationFigures) => number | null): number | null => meanOf(datasets.map(read));
  return {
    schemaVersion: EVALUATION_SCHEMA_VERSION,
    datasets,
    micro: figuresOf(outcomes, `${bootstrapSeed}`),
    macro: {
      gIoU: macroOf(({ gIoU }) => gIoU?.mean ?? null),
      cIoU: macroOf(({ cIoU }) => cIoU),
      dice: macroOf(({ dice }) => dice),
      accuracy: macroOf(({ accuracy }) => accuracy),
      majority: macroOf(({ majority }) => majority),
      presence: macroOf(({ presence }) => presence),
      segRate: macroOf(({ segRate }) => segRate),
    },
    failed,
  };
}

function figuresOf(outcomes: readonly CaseOutcome[], label: string): EvaluationFigures {
  const masks = outcomes.flatMap(({ mask }) => (mask ? [mask] : []));
  const ious = masks.map(({ iou }) => 100 * iou);
  const union = masks.reduce((sum, mask) => sum + mask.union, 0);
  const shared = masks.reduce((sum, mask) => sum + mask.intersection, 0);
  const diagnoses = diagnosisAccuracy(outcomes.flatMap(({ diagnosis }) => (diagnosis ? [diagnosis] : [])));
  const random = createRandom(0).fork(label);
  return {
    n: outcomes.filter(({ presence }) => presence?.group !== 'absent-other-kind').length,
    gIoU: ious.length > 0 ? bootstrapInterval(ious, (rows) => meanOf(rows) ?? NaN, { random }) : null,
    cIoU: masks.length > 0 ? (union === 0 ? 100 : (100 * shared) / union) : null,
    dice: meanOf(masks.map(({ dice }) => 100 * dice)),
    accuracy: diagnoses.n > 0 ? 100 * diagnoses.accuracy : null,
    majority: diagnoses.n > 0 ? 100 * diagnoses.majority : null,
    ...presenceFigures(outcomes),
  };
}

function presenceFigures(
  outcomes: readonly CaseOutcome[],
): Pick<EvaluationFigures, 'presence' | 'presenceGroups' | 'segRate'> {
  const known = outcomes.flatMap(({ presence }): PresenceOutcome[] => (presence ? [presence] : []));
  const { n, recall, balanced } = presenceReport(known);
  const percent = (share: number | null): number | null => (share === null ? null : 100 * share);
  const present = outcomes.filter(({ presence }) => presence?.group === 'present');
  return {
    presence: percent(balanced ?? recall.present ?? recall['absent-same-kind']),
    presenceGroups: {
      present: { n: n.present, recall: percent(recall.present) },
      absentSameKind: { n: n['absent-same-kind'], recall: percent(recall['absent-same-kind']) },
      absentOtherKind: { n: n['absent-other-kind'], recall: percent(recall['absent-other-kind']) },
    },
    segRate: meanOf(present.map(({ segCount }) => (segCount > 0 ? 100 : 0))),
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
