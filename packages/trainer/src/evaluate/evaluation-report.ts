import { bootstrapInterval, createRandom, diagnosisAccuracy, presenceReport } from '@sim4seg/core';
import type { Interval, PresenceOutcome } from '@sim4seg/core';
import { brierScore, expectedCalibrationError } from './calibration.js';
import type { CaseOutcome } from './case-outcome.js';

export const EVALUATION_SCHEMA_VERSION = 1;

const FAILED_IOU = 0.1;

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
  /** Share of masks with an IoU below 0.1. */
  readonly failureRate: number | null;
  /** Expected calibration error of the stated confidence, in percent points. */
  readonly ece: number | null;
  /** Brier score of the stated confidence, 0..1. */
  readonly brier: number | null;
  /** Time an answer took; null where it was not measured. */
  readonly timeMs: { readonly median: number; readonly p90: number } | null;
}

export interface GroupFigures {
  readonly n: number;
  readonly recall: number | null;
}

export interface DatasetFigures extends EvaluationFigures {
  readonly name: string;
  /** Whether the model was not trained on other cases of this set. */
  readonly external: boolean;
}

/** Means over datasets. */
export type MacroFigures = Readonly<
  Record<
    'gIoU' | 'cIoU' | 'dice' | 'accuracy' | 'majority' | 'presence' | 'segRate' | 'failureRate' | 'ece' | 'brier',
    number | null
  >
>;

/** Form of `sim4seg eval --json`. */
export interface EvaluationReport {
  readonly schemaVersion: typeof EVALUATION_SCHEMA_VERSION;
  readonly datasets: readonly DatasetFigures[];
  /** Over all cases of internal sets; of external ones where there are no others. */
  readonly micro: EvaluationFigures;
  /** Means over the datasets that have the figure, of the same sets. */
  readonly macro: MacroFigures;
  /** The same of external sets, where there are internal ones beside them; both are never mixed. */
  readonly external: { readonly micro: EvaluationFigures; readonly macro: MacroFigures } | null;
  /** Largest resident memory of the process while it answered. */
  readonly peakRssMb: number | null;
  /** Cases that could not be answered. */
  readonly failed: readonly {
    readonly dataset: string;
    readonly id: string;
    readonly code: string;
    readonly message: string;
  }[];
}

export interface ReportOptions {
  readonly bootstrapSeed: number;
  readonly failed?: EvaluationReport['failed'];
  /** Names of sets that the model was trained on other cases of; all of them if left out. */
  readonly internal?: ((name: string) => boolean) | undefined;
  readonly peakRssMb?: number | null;
}

/** Sums outcomes up by dataset and over all. */
export function reportOf(outcomes: readonly CaseOutcome[], options: ReportOptions): EvaluationReport {
  const { bootstrapSeed, failed = [], internal = () => true, peakRssMb = null } = options;
  const names = [...new Set(outcomes.map(({ dataset }) => dataset))];
  const datasets = names.map((name): DatasetFigures => {
    const own = outcomes.filter(({ dataset }) => dataset === name);
    return { name, external: !internal(name), ...figuresOf(own, `${bootstrapSeed}/${name}`) };
  });
  const over = (external: boolean): NonNullable<EvaluationReport['external']> => ({
    micro: figuresOf(
      outcomes.filter(({ dataset }) => internal(dataset) !== external),
      `${bootstrapSeed}`,
    ),
    macro: macroOf(datasets.filter((set) => set.external === external)),
  });
  const hasInternal = names.length === 0 || names.some(internal);
  const hasBoth = hasInternal && !names.every(internal);
  const main = over(!hasInternal);
  return {
    schemaVersion: EVALUATION_SCHEMA_VERSION,
    datasets,
    ...main,
    external: hasBoth ? over(true) : null,
    peakRssMb,
    failed,
  };
}

function macroOf(datasets: readonly DatasetFigures[]): MacroFigures {
  const of = (read: (figures: EvaluationFigures) => number | null): number | null => meanOf(datasets.map(read));
  return {
    gIoU: of(({ gIoU }) => gIoU?.mean ?? null),
    cIoU: of(({ cIoU }) => cIoU),
    dice: of(({ dice }) => dice),
    accuracy: of(({ accuracy }) => accuracy),
    majority: of(({ majority }) => majority),
    presence: of(({ presence }) => presence),
    segRate: of(({ segRate }) => segRate),
    failureRate: of(({ failureRate }) => failureRate),
    ece: of(({ ece }) => ece),
    brier: of(({ brier }) => brier),
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
    failureRate: meanOf(masks.map(({ iou }) => (iou < FAILED_IOU ? 100 : 0))),
    ...statedFigures(outcomes),
  };
}

function statedFigures(outcomes: readonly CaseOutcome[]): Pick<EvaluationFigures, 'ece' | 'brier' | 'timeMs'> {
  const stated = outcomes.flatMap((outcome) => (outcome.stated ? [outcome.stated] : []));
  const error = expectedCalibrationError(stated);
  const times = outcomes.flatMap(({ timeMs }) => (timeMs === undefined ? [] : [timeMs])).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN;
  return {
    ece: error === null ? null : 100 * error,
    brier: brierScore(stated),
    timeMs: times.length > 0 ? { median: at(0.5), p90: at(0.9) } : null,
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
