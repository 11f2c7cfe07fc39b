import { svgToPng } from '@sim4seg/data';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { View, parse } from 'vega';
import { compile } from 'vega-lite';
import type { TopLevelSpec } from 'vega-lite';
import { readRunLog } from './run-log.js';
import type { LogLine } from './run-log.js';

/** Draws the curves of a run's log as `<curves>.svg` and `.png`; a log without lines gives no picture. */
export async function drawCurves({ log, curves }: { readonly log: string; readonly curves: string }): Promise<void> {
  const lines = readRunLog(log);
  if (lines.length === 0) return;
  const view = new View(parse(compile(curvesSpec(lines)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  await writeFileAtomic(`${curves}.svg`, svg);
  await writeFileAtomic(`${curves}.png`, await svgToPng(svg));
}

/** One small chart a value over the steps, coloured by phase, each with its own scale. */
function curvesSpec(lines: readonly LogLine[]): TopLevelSpec {
  const values = lines.flatMap(({ total, phase, lr, values: terms }) =>
    Object.entries({ ...terms, lr }).map(([name, value]) => ({ step: total, phase, name, value })),
  );
  return {
    data: { values },
    facet: { field: 'name', type: 'nominal', title: null },
    columns: 3,
    spec: {
      width: 260,
      height: 150,
      mark: { type: 'line', strokeWidth: 1 },
      encoding: {
        x: { field: 'step', type: 'quantitative' },
        y: { field: 'value', type: 'quantitative', title: null },
        color: { field: 'phase', type: 'nominal' },
      },
    },
    resolve: { scale: { y: 'independent' } },
    background: '#ffffff',
  };
}
