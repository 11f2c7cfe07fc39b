import type { Profile } from '@sim4seg/compute/node';
import { countText, printable, textTable, threeDigits } from './text-table.js';

const COLUMNS = [
  { head: 'operator' },
  { head: 'nodes', align: 'right' },
  { head: 'ms', align: 'right' },
  { head: 'share', align: 'right' },
  { head: 'GFLOPS', align: 'right' },
] as const;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A line an operator, the slowest first; times are of one run. */
export function profileLines(name: string, { rounds, medianMs, gflops, ops }: Profile): string[] {
  const rate = gflops > 0 ? `, ${threeDigits(gflops)} GFLOPS` : '';
  const rows = ops.map(({ op, count, ms, share, gflops: own }) => {
    return [op, countText(count), ms.toFixed(3), percent(share), own === undefined ? '' : threeDigits(own)];
  });
  const nodes = ops.reduce((sum, { count }) => sum + count, 0);
  const total = ops.reduce((sum, { ms }) => sum + ms, 0);
  return [
    printable(`${name}: ${threeDigits(medianMs)} ms a run (median of ${rounds})${rate}`),
    '',
    ...textTable(COLUMNS, [...rows, ['all nodes', countText(nodes), total.toFixed(3), percent(ops.length && 1), '']]),
  ];
}
