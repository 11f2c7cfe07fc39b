import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { measurePointing, pointingFigures } from '@sim4seg/trainer';
import type { PointingFigures, SimilarityOf } from '@sim4seg/trainer';
import { RESEARCH_NOTICE } from '../notice.js';
import { similarityInOriginalFrame } from '../pictures/similarity-picture.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import type { Sim4Seg } from '../sdk/create-sim4seg.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig, wholeNumber } from './options.js';
import type { ModelOptions } from './options.js';
import { printAnnouncement } from './print-announcement.js';
import { textTable } from './text-table.js';

export interface ZeroShotCommandOptions extends ModelOptions {
  readonly cases: readonly string[];
  readonly out: string;
  readonly split?: string;
  readonly most?: string;
}

/** The official code's 36 of 16 x 16 cells. */
const SHARE = 36 / 256;

/** `sim4seg experiment zero-shot`: do similarity maps know where the target is? */
export async function zeroShotCommand(options: ZeroShotCommandOptions): Promise<void> {
  const { tree, folder } = await chooseConfig(options);
  await using model = await createSim4Seg(tree, { folder, onAnnounce: printAnnouncement });
  const { outcomes, without } = await measurePointing({
    similarityOf: similarityOf(model),
    datasets: options.cases,
    split: options.split,
    most: options.most === undefined ? undefined : wholeNumber('--most', options.most),
    share: SHARE,
    signal: interruptSignal(),
  });
  if (outcomes.length === 0) {
    throw new Sim4SegError('CASES_INVALID', {
      must: 'At least one case must have its target in it and get an answer with [SEG]',
      got: `${without} answers without a similarity map`,
      fix: 'Choose other cases, or a model that answers with [SEG]',
    });
  }
  const figures = pointingFigures(outcomes);
  const lines = [
    ...tableOf(figures),
    '',
    conclusionOf(figures),
    ...(without > 0 ? [`${without} answers had no map`] : []),
  ];
  await mkdir(options.out, { recursive: true });
  const report = { schemaVersion: 1, bundle: model.bundle, share: SHARE, figures, without, outcomes };
  await writeFileAtomic(join(options.out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomic(join(options.out, 'report.md'), pageOf(lines));
  process.stdout.write(`${lines.join('\n')}\n${RESEARCH_NOTICE}\n`);
}

function similarityOf(model: Sim4Seg): SimilarityOf {
  return async ({ image, question }) => {
    const { findings, answer } = await model.diagnose({ image, question }).result();
    const map = findings.find(({ evidence }) => evidence?.similarity)?.evidence?.similarity;
    return map ? similarityInOriginalFrame(map, answer.frame) : null;
  };
}

function tableOf(figures: readonly PointingFigures[]): string[] {
  const heads = ['n', 'peak inside', 'by chance', 'difference [95%]', 'IoU', 'centre', 'difference [95%]'];
  const columns = [{ head: 'dataset' }, ...heads.map((head) => ({ head, align: 'right' }) as const)];
  const one = (value: number): string => value.toFixed(1);
  const range = ({ mean, low, high }: PointingFigures['hitOverChance']): string =>
    `${one(mean)} [${one(low)}, ${one(high)}]`;
  const rows = figures.map((row) => [
    ...[row.dataset, String(row.n), one(row.hit), one(row.chanceHit), range(row.hitOverChance)],
    ...[one(row.iou), one(row.centreIou), range(row.iouOverCentre)],
  ]);
  return textTable(columns, rows);
}

function conclusionOf(figures: readonly PointingFigures[]): string {
  const clear = figures.filter((row) => row.hitOverChance.low > 0 && row.iouOverCentre.low > 0);
  const named = clear.map(({ dataset }) => dataset).join(', ');
  return clear.length > 0
    ? `Maps point at the target better than chance, in both figures, in: ${named}.`
    : 'In no set do maps point at the target clearly better than chance in both figures.';
}

function pageOf(lines: readonly string[]): string {
  return `# Do similarity maps point at the target?\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n\nThe map of the \`[SEG]\` embedding and the image tokens, before anything is drawn from it. "Peak inside": its highest pixel lies in the mask; chance is the mask's share of the image. IoU of the highest ${(100 * SHARE).toFixed(0)}% of the pixels, and of as many around the centre of the image, where most pictures have their target. Differences are paired. Research software: not for diagnosis or treatment.\n`;
}
