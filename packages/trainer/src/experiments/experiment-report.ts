import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { svgToPng } from '@sim4seg/data';
import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { conclusionOf } from './summary.js';
import type { ArmSummary, SeedMean } from './summary.js';

export interface ExperimentReportOptions {
  readonly title: string;
  /** What was asked, on what, with which budget; a paragraph each. */
  readonly about: readonly string[];
  readonly xTitle: string;
}

/** Writes `report.md` with a table and a conclusion, `report.json`, `plot.svg` and `plot.png`. */
export async function writeExperimentReport(
  folder: string,
  summaries: readonly ArmSummary[],
  options: ExperimentReportOptions,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const conclusion = conclusionOf(summaries);
  const report = { schemaVersion: 1, ...options, arms: summaries, conclusion };
  await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  const svg = await drawPlot(plotSpec(summaries, options));
  await writeFileAtomic(join(folder, 'plot.svg'), svg);
  await writeFileAtomic(join(folder, 'plot.png'), await svgToPng(svg));
  await writeFileAtomic(join(folder, 'report.md'), page(summaries, options, conclusion));
  return conclusion;
}

function page(summaries: readonly ArmSummary[], options: ExperimentReportOptions, conclusion: string): string {
  const rows = summaries.map(
    ({ arm, seeds, gIoU, accuracy, presence }) =>
      `| ${[arm.name, seeds, text(gIoU), text(accuracy), text(presence)].join(' | ')} |`,
  );
  return [
    `# ${options.title}`,
    ...options.about,
    ['| arm | seeds | gIoU | accuracy | presence |', '|---|---|---|---|---|', ...rows].join('\n'),
    'Means over seeds in percent, with the 95% interval of Student over seeds.',
    '![gIoU of the arms](plot.svg)',
    `**Conclusion.** ${conclusion}`,
    'Research software: not for diagnosis or treatment.\n',
  ].join('\n\n');
}

function text(value: SeedMean | null): string {
  if (!value) return '-';
  const { mean, low, high } = value;
  return low === null || high === null ? mean.toFixed(1) : `${mean.toFixed(1)} [${low.toFixed(1)}, ${high.toFixed(1)}]`;
}

async function drawPlot(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function plotSpec(summaries: readonly ArmSummary[], { xTitle, title }: ExperimentReportOptions): TopLevelSpec {
  const values = summaries.flatMap(({ arm: { series, x }, gIoU }) => (gIoU ? [{ series, x, ...gIoU }] : []));
  const order = [...new Set(values.map(({ x }) => x))];
  const x = { field: 'x', type: 'ordinal', sort: order, title: xTitle } as const;
  const color = { field: 'series', type: 'nominal', title: null } as const;
  return {
    title,
    data: { values },
    width: 420,
    height: 260,
    layer: [
      {
        mark: { type: 'line', point: true },
        encoding: { x, color, y: { field: 'mean', type: 'quantitative', title: 'gIoU, percent' } },
      },
      {
        mark: { type: 'rule' },
        encoding: { x, color, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
      },
    ],
    background: '#ffffff',
  };
}
