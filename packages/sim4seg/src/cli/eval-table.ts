import type { EvaluationFigures, EvaluationReport, MacroFigures } from '@sim4seg/trainer';
import { RESEARCH_NOTICE } from '../notice.js';
import { textTable } from './text-table.js';

const percent = (value: number | null): string => (value === null ? '-' : value.toFixed(1));
const points = (value: number | null): string => (value === null ? '-' : value.toFixed(2));

/** Recall where the target is there, where it is not, and where the image is of another kind: apart, as they differ. */
const groupsOf = ({ presenceGroups: groups }: EvaluationFigures): string =>
  [groups.present, groups.absentSameKind, groups.absentOtherKind].map(({ recall }) => percent(recall)).join('/');

const HEADS = [
  'dataset',
  'n',
  'gIoU [95%]',
  'cIoU',
  'Dice',
  'IoU < 0.1',
  'accuracy (majority)',
  'presence',
  'there/not/other',
  '[SEG]',
  'ECE',
  'Brier',
  'ms',
];

/** The report as a table for people; the full figures are in `--json`. Sets that were not trained on stand apart. */
export function reportTable(report: EvaluationReport): string {
  const { datasets, external, failed, peakRssMb } = report;
  const internal = datasets.filter((set) => !set.external);
  const shown = internal.length > 0 ? internal : datasets;
  const others = external ? datasets.filter((set) => set.external) : [];
  const columns = HEADS.map((head) => ({ head }));
  const lines = textTable(columns, [...shown.map((set) => row(set.name, set)), ...sums(report)]);
  const apart = external ? textTable(columns, [...others.map((set) => row(set.name, set)), ...sums(external)]) : [];
  return `${[
    ...lines,
    ...(apart.length > 0 ? ['', 'sets that the model was not trained on', ...apart] : []),
    ...(peakRssMb === null ? [] : ['', `${peakRssMb.toFixed(0)} MB of memory at most`]),
    ...(failed.length > 0 ? [`${failed.length} cases could not be answered`] : []),
    '',
    RESEARCH_NOTICE,
  ].join('\n')}\n`;
}

function row(name: string, figures: EvaluationFigures): string[] {
  const { gIoU, accuracy, majority, timeMs } = figures;
  return [
    name,
    String(figures.n),
    gIoU ? `${percent(gIoU.mean)} [${percent(gIoU.low)}, ${percent(gIoU.high)}]` : '-',
    percent(figures.cIoU),
    percent(figures.dice),
    percent(figures.failureRate),
    accuracy === null ? '-' : `${percent(accuracy)} (${percent(majority)})`,
    percent(figures.presence),
    groupsOf(figures),
    percent(figures.segRate),
    percent(figures.ece),
    points(figures.brier),
    timeMs ? timeMs.median.toFixed(0) : '-',
  ];
}

function sums({ micro, macro }: { micro: EvaluationFigures; macro: MacroFigures }): string[][] {
  const means = [macro.gIoU, macro.cIoU, macro.dice, macro.failureRate, macro.accuracy, macro.presence].map(percent);
  const rest = [percent(macro.segRate), percent(macro.ece), points(macro.brier)];
  return [row('micro', micro), ['macro', '', ...means, '', ...rest, '']];
}
