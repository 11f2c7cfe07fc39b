import { labelVocabulary } from '@sim4seg/data';
import type { BundleDescription } from '@sim4seg/compute/bundle';
import type { DataSummary } from '../samples/sample-vocabulary.js';
import { PART_ROLES } from '../step/parts.js';
import type { Part } from '../step/parts.js';
import type { ExportOptions } from './export-bundle.js';

const INTENDED_USE = 'Research only. Not a medical device; not for diagnosis or treatment.';

/** What the manifest states beside hashes: parts, preprocessing, labels, data and how it was trained. */
export function describeBundle(parts: readonly Part[], options: ExportOptions): BundleDescription {
  const { config, training, sizes, from } = options;
  const { name, version, thresholds, licences } = training.bundle;
  return {
    name,
    version,
    intendedUse: INTENDED_USE,
    parts: { ...from?.parts, ...Object.fromEntries(parts.map(({ id, trainable }) => [id, trainable.sizes])) },
    // A bundle that goes on from another one keeps that one's choice of parts.
    config: from?.config ?? Object.fromEntries(PART_ROLES.map((role) => [role, config[role]])),
    preprocessing: {
      sidePx: sizes.sidePx,
      resize: 'longest side, bilinear with antialias (Pillow-equal)',
      padding: 'right and bottom, zero',
      range: '0..1',
    },
    labels: from?.labels ?? copyOfLabels(),
    conversation: { order: from?.conversation.order ?? training.order },
    thresholds: { ...from?.thresholds, ...thresholds },
    licences: [...(from?.licences ?? []), ...licences],
    training: describeTraining(options),
  };
}

function copyOfLabels(): BundleDescription['labels'] {
  return JSON.parse(JSON.stringify(labelVocabulary)) as BundleDescription['labels'];
}

function describeTraining({ config, training, summary, from }: ExportOptions): BundleDescription['training'] {
  const earlier = from?.training;
  const counts = summary.sets.map(({ name, imageSha256 }) => ({ name, images: imageSha256.length }));
  const run = { seed: config.seed, sets: counts, training: withoutPaths(training), ...choices(config) };
  return {
    imageSha256: [...new Set([...(earlier?.imageSha256 ?? []), ...summary.imageSha256])].sort(),
    sets: accumulatedSets(earlier, summary.sets),
    config: earlier ? { first: earlier.config, then: run } : run,
    steps: (earlier?.steps ?? 0) + training.phases.reduce((sum, { steps }) => sum + steps, 0),
  };
}

/** Different images of each set over all runs; an image that an earlier run saw counts once. */
export function accumulatedSets(
  earlier: Pick<BundleDescription['training'], 'sets' | 'imageSha256'> | undefined,
  now: DataSummary['sets'],
): BundleDescription['training']['sets'] {
  const known = new Set(earlier?.imageSha256);
  const sets = new Map((earlier?.sets ?? []).map((set) => [set.name, set]));
  for (const { name, imageSha256 } of now) {
    const before = sets.get(name) ?? { name, images: 0 };
    sets.set(name, { ...before, images: before.images + imageSha256.filter((hash) => !known.has(hash)).length });
  }
  return [...sets.values()];
}

function choices(config: ExportOptions['config']): Record<string, unknown> {
  return Object.fromEntries(PART_ROLES.map((role) => [role, config[role]]));
}

/** Where files lay on the machine of a run is nobody's business. */
function withoutPaths({
  from: _from,
  evaluation: _evaluation,
  ...training
}: ExportOptions['training']): Record<string, unknown> {
  return JSON.parse(JSON.stringify(training)) as Record<string, unknown>;
}
