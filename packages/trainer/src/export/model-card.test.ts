import type { BundleDescription } from '@sim4seg/compute/bundle';
import { describe, expect, it } from 'vitest';
import { accumulatedSets } from './bundle-description.js';
import { modelCard } from './model-card.js';
import { trainingRuns } from './training-runs.js';

const phase = (name: string, steps: number) => ({ name, steps, images: 8, lr: 0.001, train: ['lvlm'] });
const run = (sets: Record<string, number> | null, steps: number, name = 'masks') => ({
  seed: 1,
  ...(sets ? { sets: Object.entries(sets).map(([set, images]) => ({ name: set, images })) } : {}),
  training: { phases: [phase(name, steps)] },
});
const hashes = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `h${from + i}`);

const describedBundle = (training: BundleDescription['training']): BundleDescription => ({
  name: 'small',
  version: '1.0.0',
  intendedUse: 'Research only.',
  parts: { 'a-decoder': {} },
  config: {},
  preprocessing: {},
  labels: { 'skin lesion': [], 'breast lesion': [{ id: 'x', name: 'benign', synonyms: [] }] },
  conversation: { order: 'reason-first' },
  thresholds: {},
  licences: [{ name: 'CC0', appliesTo: 'busi' }],
  training,
});

describe('sets over several runs', () => {
  it('count each image once, whichever run saw it, and keep sets that only an earlier run had', () => {
    const first = accumulatedSets(undefined, [
      { name: 'busi', imageSha256: hashes(0, 5) },
      { name: 'phantoms', imageSha256: hashes(10, 22) },
    ]);
    const earlier = { sets: first, imageSha256: [...hashes(0, 5), ...hashes(10, 22)] };
    expect(
      accumulatedSets(earlier, [
        { name: 'phantoms', imageSha256: hashes(20, 36) },
        { name: 'drive', imageSha256: hashes(50, 52) },
      ]),
    ).toEqual([
      { name: 'busi', images: 5 },
      { name: 'phantoms', images: 26 },
      { name: 'drive', images: 2 },
    ]);
  });
});

describe('model card', () => {
  it('tells the data and the phases of every run that a bundle went through', () => {
    const card = modelCard(
      describedBundle({
        imageSha256: hashes(0, 31),
        sets: [
          { name: 'busi', images: 5 },
          { name: 'phantoms', images: 26 },
        ],
        config: { first: run({ busi: 5, phantoms: 12 }, 100), then: run({ phantoms: 16 }, 20, 'text') },
        steps: 120,
      }),
    );
    expect(card).toContain('| set | different images | run 1 | run 2 |');
    expect(card).toContain('| busi | 5 | 5 | - |');
    expect(card).toContain('| phantoms | 26 | 12 | 16 |');
    expect(card).toContain('31 different images in all');
    expect(card).toContain('120 steps in all');
    expect(card).toContain('| 1 | masks | 100 | 8 | 0.001 | lvlm |');
    expect(card).toContain('| 2 | text | 20 | 8 | 0.001 | lvlm |');
    expect(card).toContain('- skin lesion: no diagnosis\n- breast lesion: benign');
    expect(card).not.toContain('earlier runs that did not count');
  });

  it('has no columns of runs where there was one', () => {
    const training = {
      imageSha256: ['h0'],
      sets: [{ name: 'busi', images: 1 }],
      config: run({ busi: 1 }, 3),
      steps: 3,
    };
    expect(modelCard(describedBundle(training))).toContain('| set | different images |\n|---|---|\n| busi | 1 |');
  });

  it('says which images older bundles left uncounted', () => {
    const config = { first: run(null, 3), then: run({ busi: 2 }, 3) };
    const card = modelCard(describedBundle({ imageSha256: hashes(0, 9), sets: [{ name: 'busi', images: 2 }], config }));
    expect(card).toContain('| busi | 2 | ? | 2 |');
    expect(card).toContain('7 images of the list are of earlier runs that did not count their sets.');
  });
});

describe('runs of a bundle', () => {
  it('come first to last, however often training went on', () => {
    const config = { first: { first: run(null, 1, 'a'), then: run(null, 2, 'b') }, then: run(null, 3, 'c') };
    expect(trainingRuns(config).map(({ training }) => training.phases[0]?.name)).toEqual(['a', 'b', 'c']);
    expect(trainingRuns({})).toEqual([]);
  });
});
