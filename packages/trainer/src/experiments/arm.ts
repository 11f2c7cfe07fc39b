/** One way of doing things that an experiment compares. */
export interface ExperimentArm {
  readonly name: string;
  /** Arms of one training share its model and differ in how it is asked. */
  readonly training: string;
  /** Values of the config that are trained with, as `path=value`. */
  readonly train: readonly string[];
  /** Values of the config that are asked with, as `path=value`. */
  readonly ask: readonly string[];
  /** What the plot shows: a line a series, over x. */
  readonly series: string;
  readonly x: string;
}

export interface GridOptions {
  readonly grids: readonly number[];
  readonly topNs: readonly number[];
  /** Cells that every grid is trained with. */
  readonly trainedTopN: number;
}

/** Each grid trained once, asked with several numbers of cells. */
export function gridArms({ grids, topNs, trainedTopN }: GridOptions): ExperimentArm[] {
  return grids.flatMap((grid) =>
    topNs.map((topN) => ({
      name: `grid ${grid}, top ${topN}`,
      training: `grid-${grid}`,
      train: ['regionPrior.use=topCells', `regionPrior.gridCells=${grid}`, `regionPrior.topN=${trainedTopN}`],
      ask: ['regionPrior.use=topCells', `regionPrior.gridCells=${grid}`, `regionPrior.topN=${topN}`],
      series: `${grid} x ${grid} cells`,
      x: String(topN),
    })),
  );
}

const CONTENTS = ['mask', 'diagnosis', 'reasoning'] as const;
const ORDERS = ['segment-first', 'reason-first'] as const;

/** What is said before or after the mask, with and without region prior; a mask alone has no order. */
export function cotArms({ tokenSide }: { readonly tokenSide: number | null }): ExperimentArm[] {
  const side = tokenSide === null ? [] : [`regionPrior.tokenSide=${tokenSide}`];
  return CONTENTS.flatMap((content) =>
    (content === 'mask' ? ORDERS.slice(0, 1) : ORDERS).flatMap((order) =>
      [true, false].map((withPrior) => {
        const said = content === 'mask' ? 'mask alone' : `${content}, ${order}`;
        const name = `${said}, ${withPrior ? 'with' : 'without'} prior`;
        return {
          name,
          training: name.replace(/[^a-z]+/g, '-'),
          train: [
            `training.content=${content}`,
            `training.order=${order}`,
            ...(withPrior ? [] : ['regionPrior.use=none', ...side]),
          ],
          ask: [],
          series: withPrior ? 'with prior' : 'without prior',
          x: said,
        };
      }),
    ),
  );
}
