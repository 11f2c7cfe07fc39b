import type { EvaluationReport } from '@sim4seg/trainer';
import { RESEARCH_NOTICE } from '../notice.js';

const percent = (value: number | null): string => (value === null ? '-' : value.toFixed(1));

/** Recall where the target is there, where it is not, and where the image is of another kind: apart, as they differ. */
const groupsOf = ({ presenceGroups: groups }: EvaluationReport['micro']): string =>
  [groups.present, groups.absentSameKind, groups.absentOtherKind].map(({ recall }) => percent(recall)).join('/');

/** The report as a table for people; the full figures are in `--json`. */
export function reportTable({ datasets, micro, macro, failed }: EvaluationReport): string {
  const head = [
    'dataset',
    'n',
    'gIoU [95%]',
    'cIoU',
    'Dice',
    'accuracy (majority)',
    'presence',
    'there/not/other',
    '[SEG]',
  ];
  const rows = [...datasets, { name: 'micro', ...micro }].map((row) => [
    row.name,
    String(row.n),
    row.gIoU ? `${percent(row.gIoU.mean)} [${percent(row.gIoU.low)}, ${percent(row.gIoU.high)}]` : '-',
    percent(row.cIoU),
    percent(row.dice),
    row.accuracy === null ? '-' : `${percent(row.accuracy)} (${percent(row.majority)})`,
    percent(row.presence),
    groupsOf(row),
    percent(row.segRate),
  ]);
  const means = [macro.gIoU, macro.cIoU, macro.dice].map(percent);
  rows.push(['macro', '', ...means, percent(macro.accuracy), percent(macro.presence), '', percent(macro.segRate)]);
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const refused = failed.length > 0 ? [`${failed.length} cases could not be answered`] : [];
  return `${[...lines, ...refused, '', RESEARCH_NOTICE].join('\n')}\n`;
}
