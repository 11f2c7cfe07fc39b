import { describe, expect, it } from 'vitest';
import { fakeParts, fakePath, testImage } from '../../test/fake-parts.js';
import type { ModelFrame } from '../contracts/image.js';
import type { PresenceEvidence } from '../contracts/presence.js';
import type { RegionPrior, RegionPriorInput, RegionPrompts } from '../contracts/region-prior.js';
import { createPipeline } from './pipeline.js';
import type { PipelineParts } from './parts.js';

const request = { image: testImage, question: 'Is there a lesion?', seed: 1 };
const { parts } = fakeParts([fakePath(0, 'The diagnosis is benign. It is [SEG].', 1)]);

/** A prior that gives these prompts and remembers what it was asked. */
function priorOf(prompts: RegionPrompts, asked: RegionPriorInput[] = []): RegionPrior {
  return {
    capabilities: { needsSegEmbeddings: true },
    promptsFor: (input) => {
      asked.push(input);
      return { prompts, similarity: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] }, cells: null };
    },
  };
}

const mask = { data: new Float32Array(4), shape: [1, 1, 2, 2] };
const answerWith = (change: Partial<PipelineParts>) => createPipeline({ ...parts, ...change }).answer(request);

describe('prompts of a region prior', () => {
  it('are made for the model frame of the segmenter, also where the LVLM sees another side', async () => {
    const seen: ModelFrame = {
      sidePx: 4,
      contentWidthPx: 4,
      contentHeightPx: 2,
      originalWidthPx: 16,
      originalHeightPx: 8,
    };
    const lvlm = { ...parts.lvlm, prefill: async () => ({ ...(await parts.lvlm.prefill({} as never)), frame: seen }) };
    const asked: RegionPriorInput[] = [];
    await answerWith({ lvlm, regionPrior: priorOf({ mask }, asked) });
    expect(asked[0]?.frame).toEqual({ ...seen, sidePx: 8, contentWidthPx: 8, contentHeightPx: 4 });
  });

  it('have the declared shapes', async () => {
    const points = { data: new Float32Array(4), shape: [1, 2, 2] };
    const pointLabels = { data: new Int32Array(2), shape: [1, 2] };
    await expect(answerWith({ regionPrior: priorOf({ mask, points, pointLabels }) })).resolves.toBeDefined();
    const wrong: RegionPrompts[] = [
      { points: { ...points, shape: [2, 2] } },
      { points, pointLabels: { data: new Int32Array(3), shape: [1, 3] } },
      { boxes: { data: new Float32Array(4), shape: [4] } },
    ];
    for (const prompts of wrong) {
      await expect(answerWith({ regionPrior: priorOf(prompts) })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    }
  });

  it('come with a similarity that a presence judge sees together with its frame', async () => {
    const seen: PresenceEvidence[] = [];
    const presenceJudge: PipelineParts['presenceJudge'] = {
      judge: (evidence) => {
        seen.push(...evidence);
        return { presence: 'present', presentProb: 1 };
      },
    };
    await answerWith({ presenceJudge, regionPrior: priorOf({ mask }) });
    expect(seen[0]?.similarity?.shape).toEqual([2, 2]);
    expect(seen[0]?.frame).toMatchObject({ sidePx: 8, contentHeightPx: 4 });
  });
});
