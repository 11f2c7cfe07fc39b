import { definePlugin, maskArea, maskIou, services } from '@sim4seg/core';
import { canonicalQuestion, encodePng, makePhantom } from '@sim4seg/data';
import { topCellsInference } from '@sim4seg/rvls2m/inference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEmbeddedBundle } from '../../test/test-bundle.js';
import { createSim4Seg } from './create-sim4seg.js';
import type { Sim4Seg } from './create-sim4seg.js';
import type { Diagnosis } from './diagnosis.js';

if (!hasEmbeddedBundle) console.log('skipped: whether the model listens; there is no embedded bundle');

/** The prior of the product, its prompt mask turned by 180 degrees: what a prior says elsewhere. */
const turnedPrior = definePlugin({
  ...topCellsInference,
  id: 'turned-prior',
  provides: services.regionPrior,
  create: async (context) => {
    const prior = await topCellsInference.create(context);
    return {
      capabilities: prior.capabilities,
      promptsFor: (input) => {
        const output = prior.promptsFor(input);
        const { mask } = output.prompts;
        return mask ? { ...output, prompts: { mask: { ...mask, data: mask.data.slice().reverse() } } } : output;
      },
    };
  },
});

const COUNT = 6;
const most = Math.ceil(COUNT * 0.6);

describe.skipIf(!hasEmbeddedBundle)('the embedded model on phantoms that it has not seen', () => {
  let sim4seg: Sim4Seg;
  const shown: { image: Uint8Array; question: string; own: Diagnosis }[] = [];

  beforeAll(async () => {
    sim4seg = await createSim4Seg({}, { plugins: [turnedPrior] });
    for (let index = 0; shown.length < COUNT; index++) {
      const { picture, targets } = makePhantom('dermoscopy', 77, { split: 'val', index });
      const [target] = targets;
      if (!target?.present) continue;
      const [image, question] = [await encodePng(picture), canonicalQuestion(target)];
      shown.push({ image, question, own: await sim4seg.diagnose({ image, question }).result() });
    }
  }, 120_000);
  afterAll(() => sim4seg?.close());

  const countOf = async (holds: (phantom: (typeof shown)[number]) => Promise<boolean>): Promise<number> => {
    let count = 0;
    for (const phantom of shown) if (await holds(phantom)) count++;
    return count;
  };
  const overlap = (a: Diagnosis, b: Diagnosis): number =>
    a.maskBits && b.maskBits ? maskIou(a.maskBits, b.maskBits) : 1;

  it('finds what is there', () => {
    expect(shown.filter(({ own }) => own.presence === 'present').length).toBeGreaterThanOrEqual(most);
  });

  it('says "not there" to another target, with an empty mask', async () => {
    const question = 'Are there retinal blood vessels in this image? Outline them.';
    const count = await countOf(async ({ image }) => {
      const { presence, maskBits } = await sim4seg.diagnose({ image, question }).result();
      return presence === 'absent' && maskBits !== null && maskArea(maskBits) === 0;
    });
    expect(count).toBeGreaterThanOrEqual(most);
  });

  it('says something else about another image', () => {
    expect(new Set(shown.map(({ own }) => own.reasoning)).size).toBeGreaterThan(1);
  });

  it.each([
    ['a turned region prior', { regionPrior: { use: 'turned-prior' } }],
    ['another grid', { regionPrior: { use: 'topCells', gridCells: 32, topN: 36 } }],
  ])('draws another mask with %s', async (_, config) => {
    const count = await countOf(async ({ image, question, own }) => {
      const other = await sim4seg.diagnose({ image, question, config }).result();
      expect(other.reasoning).toBe(own.reasoning);
      return overlap(own, other) < 0.999;
    });
    expect(count).toBeGreaterThanOrEqual(most);
  });

  it('draws different masks from different paths and priors, on average', async () => {
    const counts: number[] = [];
    for (const { image, question } of shown) {
      const { findings } = await sim4seg.diagnose({ image, question, tts: { paths: 3, masks: 3 } }).result();
      const masks = findings[0]?.candidates.map(({ maskBits }) => maskBits) ?? [];
      counts.push(masks.filter((mask, i) => masks.slice(0, i).every((other) => maskIou(mask, other) < 0.98)).length);
    }
    expect(counts.reduce((sum, count) => sum + count, 0) / counts.length).toBeGreaterThanOrEqual(2);
  });
});
