import type { BundleDescription } from '@sim4seg/compute/bundle';
import { trainingRuns } from './training-runs.js';
import type { TrainingRun } from './training-runs.js';

/** The model card of a bundle as Markdown: what it is for, what it was trained on and how, what is not known of it. */
export function modelCard(description: BundleDescription): string {
  const { name, version, intendedUse, parts, labels } = description;
  const runs = trainingRuns(description.training.config);
  const diagnoses = Object.entries(labels).map(
    ([target, known]) => `- ${target}: ${known.map((label) => label.name).join(', ') || 'no diagnosis'}`,
  );
  return [
    `# ${name} ${version}`,
    '',
    `**${intendedUse}**`,
    '',
    `Parts: ${Object.keys(parts).join(', ')}. Trained from scratch by the trainer of this project.`,
    '',
    ...dataSection(description, runs),
    ...runsSection(description, runs),
    '## Targets and diagnoses',
    '',
    ...diagnoses,
    '',
    '## Limits',
    '',
    'Small sets, one seed. Labels are research annotations. It answers about kinds of images that it was trained on;',
    'what it says about others means nothing. Probabilities are not calibrated.',
    '',
  ].join('\n');
}

function dataSection({ training, licences }: BundleDescription, runs: readonly TrainingRun[]): string[] {
  const { sets, imageSha256 } = training;
  const counted = runs.length > 1 && runs.some((run) => run.sets);
  const columns = counted ? runs.map((_, i) => `run ${i + 1}`) : [];
  const rows = sets.map(({ name, images }) => {
    const each = columns.map((_, i) => countIn(runs[i] as TrainingRun, name));
    return line([name, images, ...each]);
  });
  const unlisted = imageSha256.length - sets.reduce((sum, { images }) => sum + images, 0);
  return [
    '## Training data',
    '',
    line(['set', 'different images', ...columns]),
    `|${'---|'.repeat(2 + columns.length)}`,
    ...rows,
    '',
    `${imageSha256.length} different images in all; the manifest lists the sha256 of each. Sets named "phantoms" are`,
    'drawn by the data package.',
    ...(unlisted > 0 ? [`${unlisted} images of the list are of earlier runs that did not count their sets.`] : []),
    '',
    ...licences.map((licence) => `- ${licence.appliesTo}: ${licence.name}${licence.url ? ` (${licence.url})` : ''}`),
    '',
  ];
}

function countIn({ sets }: TrainingRun, name: string): string | number {
  if (!sets) return '?';
  return sets.find((set) => set.name === name)?.images ?? '-';
}

function runsSection({ training }: BundleDescription, runs: readonly TrainingRun[]): string[] {
  const phases = runs.flatMap((run, i) =>
    run.training.phases.map(({ name, steps, images, lr, train }) =>
      line([i + 1, name, steps, images, lr, train.join(', ')]),
    ),
  );
  return [
    '## Training',
    '',
    `${training.steps ?? 'An unknown number of'} steps in all. Later runs went on from the bundle of the one before.`,
    '',
    line(['run', 'phase', 'steps', 'images a step', 'rate', 'parts']),
    '|---|---|---|---|---|---|',
    ...phases,
    '',
  ];
}

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
