import type { BundleDescription } from '@sim4seg/compute/bundle';
import type { TrainingConfig } from '../config/training-schema.js';

/** The model card of a bundle as Markdown: what it is for, what it was trained on and how, what is not known of it. */
export function modelCard(description: BundleDescription, training: TrainingConfig): string {
  const { name, version, intendedUse, parts, licences, labels } = description;
  const sets = description.training.sets.map(({ name: set, images }) => `| ${set} | ${images} |`);
  const phases = training.phases.map(
    ({ name: phase, steps, images, lr, train }) => `| ${phase} | ${steps} | ${images} | ${lr} | ${train.join(', ')} |`,
  );
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
    '## Training data',
    '',
    '| set | images |',
    '|---|---|',
    ...sets,
    '',
    'Sets named "phantoms" are drawn by the data package. The manifest lists the sha256 of every training image.',
    ...licences.map((licence) => `- ${licence.appliesTo}: ${licence.name}${licence.url ? ` (${licence.url})` : ''}`),
    '',
    '## Training',
    '',
    '| phase | steps | images a step | rate | parts |',
    '|---|---|---|---|---|',
    ...phases,
    '',
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
