// Puts a trained bundle with its measured figures into packages/bundle-tiny:
// node --conditions=sim4seg-source --import tsx tools/publish-bundle.ts RUN/bundle val.json [phantoms.json ...]
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest } from '@sim4seg/compute/bundle';
import { modelCard } from '@sim4seg/trainer';
import type { DatasetFigures, EvaluationReport } from '@sim4seg/trainer';

const target = join(dirname(fileURLToPath(import.meta.url)), '../packages/bundle-tiny/bundle');
const card = 'MODEL_CARD.md';
const [source, ...reportFiles] = process.argv.slice(2);
if (!source || reportFiles.length === 0) throw new Error('usage: publish-bundle.ts <bundle> <eval.json> [...]');

const reports = reportFiles.map((file) => ({
  name: basename(file, '.json'),
  report: JSON.parse(readFileSync(file, 'utf8')) as EvaluationReport,
}));

const percent = (value: number | null | undefined): string => (value == null ? '-' : value.toFixed(1));

const row = ({ name, n, gIoU, cIoU, dice, accuracy, majority, presenceGroups: groups }: DatasetFigures): string => {
  const interval = gIoU ? `${percent(gIoU.mean)} [${percent(gIoU.low)}, ${percent(gIoU.high)}]` : '-';
  const presence = [groups.present, groups.absentSameKind].map(({ n: cases, recall }) => {
    return cases ? `${percent(recall)} (${cases})` : '-';
  });
  return `| ${[name, n, interval, percent(cIoU), percent(dice), percent(accuracy), percent(majority), ...presence].join(' | ')} |`;
};

const section = ({ name, report }: (typeof reports)[number]): string[] => [
  `### ${name}`,
  '',
  '| set | cases | gIoU [95%] | cIoU | Dice | accuracy | majority class | present told | absent told |',
  '|---|---|---|---|---|---|---|---|---|',
  ...report.datasets.map(row),
  row({ ...report.micro, name: 'all cases (micro)' }),
  '',
];

const manifest = parseManifest(readFileSync(join(source, 'manifest.json'), 'utf8'), source);

const figures = [
  '## Figures',
  '',
  'Free-running answers through the product, greedy, with region prior, in percent. Val chose checkpoints and thresholds',
  'and trained nothing. Sets that are not in the training data are external tests. In limb X-rays the anatomy names the',
  'diagnosis, so that accuracy there says nothing.',
  '',
  ...reports.flatMap(section),
].join('\n');

const text = `${modelCard(manifest)}\n${figures}`;
const described = {
  ...manifest,
  files: {
    ...manifest.files,
    [card]: { sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) },
  },
  training: { ...manifest.training, figures: Object.fromEntries(reports.map(({ name, report }) => [name, report])) },
};
if (resolve(source) !== target) {
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true });
}
writeFileSync(join(target, card), text);
writeFileSync(join(target, 'manifest.json'), `${JSON.stringify(described, null, 2)}\n`);
